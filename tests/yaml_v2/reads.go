// Reads texts with gopkg.in/yaml.v2 as containerlab does, strictly and into types, and says of each whether it could: a line
// `yes`, `unknown` where only keys that containerlab does not know are in the way, or `no` and why. A text comes on standard
// input behind its length, four bytes, the highest first.
//
// The types are containerlab's in what publish-plan reads; what stands in its other keys may be anything.
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"strings"

	"gopkg.in/yaml.v2"
)

type file struct {
	Name     *string
	Prefix   *string
	Mgmt     *mgmt
	Settings interface{}
	Topology *topology
	Debug    interface{}
}

type mgmt struct {
	Network string

	Bridge, Mtu    interface{}
	Ipv4Subnet     interface{} `yaml:"ipv4-subnet"`
	Ipv4Gw         interface{} `yaml:"ipv4-gw"`
	Ipv4Range      interface{} `yaml:"ipv4-range"`
	Ipv6Subnet     interface{} `yaml:"ipv6-subnet"`
	Ipv6Gw         interface{} `yaml:"ipv6-gw"`
	Ipv6Range      interface{} `yaml:"ipv6-range"`
	ExternalAccess interface{} `yaml:"external-access"`
	SkipWhenUnused interface{} `yaml:"skip-when-unused"`
	DriverOpts     interface{} `yaml:"driver-opts"`
}

type topology struct {
	Defaults *level
	Kinds    map[string]*level
	Groups   map[string]*level
	Nodes    map[string]*level
	Links    interface{}
}

type level struct {
	Kind        string
	Group       string
	Image       string
	NetworkMode string `yaml:"network-mode"`
	Publish     []string
	// Its values are text for containerlab; publish-plan reads one of them.
	Labels map[string]interface{}
	Binds  []string
	Extras *extras

	// What publish-plan does not read is here for keys that stand twice: those that containerlab knows.
	Aliases, Certificate, Cmd, Components, Config, Cpu, Credentials, Devices, Dns, Entrypoint, Env,
	Exec, Healthcheck, Hostname, License, Memory, Password, Ports, Position, Privileged, Runtime,
	Stages, Sysctls, Tmpfs, Type, User, Username, Volumes interface{}
	AutoRemove            interface{} `yaml:"auto-remove"`
	CapAdd                interface{} `yaml:"cap-add"`
	CgroupParent          interface{} `yaml:"cgroup-parent"`
	CgroupnsMode          interface{} `yaml:"cgroupns-mode"`
	CpuSet                interface{} `yaml:"cpu-set"`
	EnforceStartupConfig  interface{} `yaml:"enforce-startup-config"`
	EnvFiles              interface{} `yaml:"env-files"`
	IdentityFile          interface{} `yaml:"identity-file"`
	ImagePullPolicy       interface{} `yaml:"image-pull-policy"`
	LinkApplyMode         interface{} `yaml:"link-apply-mode"`
	MgmtIpv4              interface{} `yaml:"mgmt-ipv4"`
	MgmtIpv6              interface{} `yaml:"mgmt-ipv6"`
	PidMode               interface{} `yaml:"pid-mode"`
	RestartPolicy         interface{} `yaml:"restart-policy"`
	SecurityOpts          interface{} `yaml:"security-opts"`
	ShmSize               interface{} `yaml:"shm-size"`
	StartupConfig         interface{} `yaml:"startup-config"`
	StartupDelay          interface{} `yaml:"startup-delay"`
	SuppressStartupConfig interface{} `yaml:"suppress-startup-config"`
}

type extras struct {
	Proxy string `yaml:"mysocket-proxy"`
}

// read says whether yaml.v2 takes a text, or what is wrong with it.
func read(text []byte) (answer string) {
	// yaml.v2 panics on some texts, and containerlab with it.
	defer func() {
		if panicked := recover(); panicked != nil {
			answer = no(fmt.Sprint("panic: ", panicked))
		}
	}()
	var topology file
	answer = "yes"
	err := yaml.UnmarshalStrict(text, &topology)
	if types, is := err.(*yaml.TypeError); is {
		answer = "unknown"
		for _, line := range types.Errors {
			if !strings.Contains(line, " not found in type ") {
				return no(line)
			}
		}
	} else if err != nil {
		return no(err.Error())
	}
	if topology.hasOtherLabel() {
		return no("the label is no text")
	}
	return answer
}

func no(why string) string {
	return fmt.Sprintf("no: %.200q", why)
}

// hasOtherLabel says whether a label `publish` is a list or a map, which containerlab does not take.
func (topology *file) hasOtherLabel() bool {
	if topology.Topology == nil {
		return false
	}
	levels := []*level{topology.Topology.Defaults}
	for _, named := range []map[string]*level{topology.Topology.Kinds, topology.Topology.Groups, topology.Topology.Nodes} {
		for _, one := range named {
			levels = append(levels, one)
		}
	}
	for _, one := range levels {
		if one == nil {
			continue
		}
		switch one.Labels["publish"].(type) {
		case []interface{}, map[interface{}]interface{}:
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
		fmt.Fprintln(output, read(text))
	}
}
