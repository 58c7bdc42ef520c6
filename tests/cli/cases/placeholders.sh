# Parameters whose names cannot be placeholders of a command.
blank() { # COMMAND
  printf 'experiment: e\ncommand: %s\nspace:\n  learning rate: !UniformFloat [0, 1]\n  x: !UniformFloat [0, 1]\n' "$1" >blank.yaml
  try space check blank.yaml -q
}
blank "echo {x} '{learning rate}'"
blank 'echo {x} {learning rate}'
blank '[echo, "{x}", "{learning rate}"]'
blank "awk '{print \$1}' {x}"
blank 'echo {x}'
blank 'echo {config}'
