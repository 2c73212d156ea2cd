# sockets_named WORD [PORT]: chooses among the sockets on standard input, one per line: name, port, node. WORD is the name of a socket, a
# node, or NODE:PORT. Prints the socket's name if exactly one matches. Otherwise stops, and lists what to write instead.
sockets_named() {
  named_found=$(wanted=$1 wanted_port=${2:-} awk -F '\t' '
    # How to write a socket: as briefly as no other one can be written.
    function written(i) { return count[place[i]] == 1 ? place[i] : name[i] }
    function listed(chosen, total,   i, text) {
      for (i = 1; i <= total && i <= 20; i++) text = text " " written(chosen[i])
      return text (total > 20 ? sprintf(" and %d more (sh publish.sh list)", total - 20) : "")
    }
    { name[NR] = $1; place[NR] = $3 ":" $2; count[place[NR]]++; node[NR] = $3; port[NR] = $2; all[NR] = NR }
    END {
      wanted = ENVIRON["wanted"]
      wanted_port = ENVIRON["wanted_port"]
      shown = wanted (wanted_port == "" ? "" : ":" wanted_port)
      # A node can have the name of a socket of another one: then neither is meant more than the other.
      for (i = 1; i <= NR; i++) {
        if (node[i] == wanted) of_node[++node_total] = i
        if (name[i] == shown || place[i] == shown || (node[i] == wanted && wanted_port == "")) found[++total] = i
      }
      if (total == 1) print "=" name[found[1]]
      else if (total > 1) print shown " has several sockets; write one of:" listed(found, total)
      else if (node_total > 0) print wanted " has no socket on port " wanted_port "; expected one of:" listed(of_node, node_total)
      else print "no node or socket is named " shown "; expected one of:" listed(all, NR)
    }')
  case $named_found in
    =*) printf '%s\n' "${named_found#=}" ;;
    *) fail "$named_found" ;;
  esac
}
