# Files that are not what they should be.
echo "# a tab"
printf 'experiment: e\nspace:\n\tx: !UniformFloat [0, 1]\n' >tab.yaml
try space check tab.yaml
echo "# empty"
: >empty.yaml
try space check empty.yaml
echo "# only a comment"
echo '# nothing' >comment.yaml
try space check comment.yaml
echo "# several documents"
printf 'experiment: a\nspace: {x: !UniformFloat [0, 1]}\n---\nexperiment: b\n' >several.yaml
try space check several.yaml
echo "# invalid UTF-8"
printf 'experiment: e\nspace:\n  x\377: !UniformFloat [0, 1]\n' >utf8.yaml
try space check utf8.yaml
echo "# a directory"
mkdir folder.yaml
try space check folder.yaml
try suggest folder.yaml
echo "# not there"
try space check none.yaml
try suggest none.yaml
echo "# not readable YAML"
printf 'experiment: [\n' >open.yaml
try space check open.yaml
echo "# a list"
printf -- '- a\n- b\n' >list.yaml
try space check list.yaml
echo "# aliases that expand to billions"
{
  echo 'a: &a [x, x, x, x, x, x, x, x, x, x]'
  for i in b c d e f g h i j; do
    echo "$i: &$i [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]" | sed "s/\\*a/*$(echo $i | tr 'b-j' 'a-i')/g"
  done
} >bomb.yaml
try space check bomb.yaml
echo "# 5,000 levels deep"
{ printf 'a: '; head -c 5000 /dev/zero | tr '\0' '['; } >deep.yaml
try space check deep.yaml
echo "# 100 MB"
{ echo 'experiment: e'; head -c 100000000 /dev/zero | tr '\0' ' '; } >large.yaml
try space check large.yaml
rm large.yaml
echo "# a file without end"
sh_try '$labwatch space check - </dev/zero'
echo "# several files, one wrong"
write_plain plain
try space check plain.yaml empty.yaml
