// Reads texts with gopkg.in/yaml.v2 as containerlab does, strictly and into types, and says of each on a line of JSON whether
// it could (`yes`, `unknown` where only keys that containerlab does not know are in the way, or `no` and why) and what it read.
// A text comes on standard input behind its length, four bytes, the highest first.
//
// The types are containerlab's in what publish-plan reads; what stands in its other keys may be anything. containerlab's
// NodeDefinition and MgmtNet have a method UnmarshalYAML that decodes into a copy of what is there and takes it over: the same
// values as without it.
package main

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v2"
)

type file struct {
	Name     string
	Prefix   *string
	Mgmt     *mgmt
	Settings interface{} `json:"-"`
	Topology *topology
	Debug    interface{} `json:"-"`
}

type mgmt struct {
	Network string

	Bridge, Mtu    interface{} `json:"-"`
	Ipv4Subnet     interface{} `yaml:"ipv4-subnet" json:"-"`
	Ipv4Gw         interface{} `yaml:"ipv4-gw" json:"-"`
	Ipv4Range      interface{} `yaml:"ipv4-range" json:"-"`
	Ipv6Subnet     interface{} `yaml:"ipv6-subnet" json:"-"`
	Ipv6Gw         interface{} `yaml:"ipv6-gw" json:"-"`
	Ipv6Range      interface{} `yaml:"ipv6-range" json:"-"`
	ExternalAccess interface{} `yaml:"external-access" json:"-"`
	SkipWhenUnused interface{} `yaml:"skip-when-unused" json:"-"`
	DriverOpts     interface{} `yaml:"driver-opts" json:"-"`
}

type topology struct {
	Defaults *level
	Kinds    map[string]*level
	Groups   map[string]*level
	Nodes    map[string]*level
	Links    interface{} `json:"-"`
}

type level struct {
	Kind        string
	Group       string
	Image       string
	NetworkMode string `yaml:"network-mode"`
	Publish     []string
	Labels      map[string]word
	Binds       []string
	Extras      *extras
	// Maps of text; here their values may be anything, and a merge may override none of their keys.
	Env, Sysctls, Tmpfs words `json:"-"`

	// What publish-plan does not read is here for keys that stand twice: those that containerlab knows.
	Aliases, Certificate, Cmd, Components, Config, Cpu, Credentials, Devices, Dns, Entrypoint,
	Exec, Healthcheck, Hostname, License, Memory, Password, Ports, Position, Privileged, Runtime,
	Stages, Type, User, Username, Volumes interface{} `json:"-"`
	AutoRemove            interface{} `yaml:"auto-remove" json:"-"`
	CapAdd                interface{} `yaml:"cap-add" json:"-"`
	CgroupParent          interface{} `yaml:"cgroup-parent" json:"-"`
	CgroupnsMode          interface{} `yaml:"cgroupns-mode" json:"-"`
	CpuSet                interface{} `yaml:"cpu-set" json:"-"`
	EnforceStartupConfig  interface{} `yaml:"enforce-startup-config" json:"-"`
	EnvFiles              interface{} `yaml:"env-files" json:"-"`
	IdentityFile          interface{} `yaml:"identity-file" json:"-"`
	ImagePullPolicy       interface{} `yaml:"image-pull-policy" json:"-"`
	LinkApplyMode         interface{} `yaml:"link-apply-mode" json:"-"`
	MgmtIpv4              interface{} `yaml:"mgmt-ipv4" json:"-"`
	MgmtIpv6              interface{} `yaml:"mgmt-ipv6" json:"-"`
	PidMode               interface{} `yaml:"pid-mode" json:"-"`
	RestartPolicy         interface{} `yaml:"restart-policy" json:"-"`
	SecurityOpts          interface{} `yaml:"security-opts" json:"-"`
	ShmSize               interface{} `yaml:"shm-size" json:"-"`
	StartupConfig         interface{} `yaml:"startup-config" json:"-"`
	StartupDelay          interface{} `yaml:"startup-delay" json:"-"`
	SuppressStartupConfig interface{} `yaml:"suppress-startup-config" json:"-"`
}

type extras struct {
	Proxy string `yaml:"mysocket-proxy"`
}

type words map[string]interface{}

// A word is the text of a label. A label of publish-plan's that is a list or a map containerlab does not take; what it says of
// others is not asked here.
type word struct {
	text  string
	isNot bool
}

func (word *word) UnmarshalYAML(unmarshal func(interface{}) error) error {
	word.isNot = unmarshal(&word.text) != nil
	return nil
}

func (word word) MarshalJSON() ([]byte, error) {
	return json.Marshal(word.text)
}

// An answer is what is printed of a text.
type answer struct {
	Says string
	Read *file
	// Whether a level has the key `publish`, which containerlab refuses since 0.62.
	HasPublish bool
}

// The keys of levels, whatever they are.
type keys struct {
	Topology struct {
		Defaults             map[string]interface{}
		Kinds, Groups, Nodes map[string]map[string]interface{}
	}
}

func hasPublish(text []byte) bool {
	var read keys
	// What cannot be read so is of no matter here.
	_ = yaml.Unmarshal(text, &read)
	_, has := read.Topology.Defaults["publish"]
	for _, named := range []map[string]map[string]interface{}{read.Topology.Kinds, read.Topology.Groups, read.Topology.Nodes} {
		for _, level := range named {
			_, is := level["publish"]
			has = has || is
		}
	}
	return has
}

// read says whether yaml.v2 takes a text, or what is wrong with it.
func read(text []byte) (says answer) {
	// yaml.v2 panics on some texts, and containerlab with it.
	defer func() {
		if panicked := recover(); panicked != nil {
			says = no(fmt.Sprint("panic: ", panicked))
		}
	}()
	var read file
	says = answer{"yes", &read, hasPublish(text)}
	err := yaml.UnmarshalStrict(text, &read)
	if types, is := err.(*yaml.TypeError); is {
		says.Says = "unknown"
		for _, line := range types.Errors {
			if !strings.Contains(line, " not found in type ") && !strings.Contains(line, " into main.words") {
				return no(line)
			}
		}
	} else if err != nil {
		return no(err.Error())
	}
	if read.hasOtherLabel() {
		return no("the label is no text")
	}
	return says
}

func no(why string) answer {
	return answer{fmt.Sprintf("no: %.200q", why), nil, false}
}

// hasOtherLabel says whether a label `publish` is a list or a map, which containerlab does not take.
func (file *file) hasOtherLabel() bool {
	if file.Topology == nil {
		return false
	}
	levels := []*level{file.Topology.Defaults}
	for _, named := range []map[string]*level{file.Topology.Kinds, file.Topology.Groups, file.Topology.Nodes} {
		for _, one := range named {
			levels = append(levels, one)
		}
	}
	for _, one := range levels {
		if one != nil && one.Labels["publish"].isNot {
			return true
		}
	}
	return false
}

func main() {
	input := bufio.NewReader(os.Stdin)
	output := bufio.NewWriter(os.Stdout)
	defer output.Flush()
	for {
		var length uint32
		if binary.Read(input, binary.BigEndian, &length) != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(input, text); err != nil {
			return
		}
		line, err := json.Marshal(read(text))
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(output, "%s\n", line)
	}
}
