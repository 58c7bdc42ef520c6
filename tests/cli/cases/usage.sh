# Command lines that are wrong, and those that are right in an unusual order.
try
try sugest x
try x
try space
try space chek
try help sugest
try --foo
try suggest
try suggest a b
try suggest a --formt json
try suggest a --format xml
try suggest a --format
try suggest a --format --space
try suggest a -n
try suggest a -n 0
try suggest a -n 1.5
try suggest a -n 1 -n 2
try suggest a -z
try suggest a --default=yes
try suggest a --lease 10x
try suggest a --lease 0
try run a --
try run a -j 0
try run a echo 3
try --store sqlite:none.db run a
try observe
try observe 1
try observe x 1
try observe 0 1
try observe 99999999999999999999 1
try observe 1 2 3
try log 1
try log 1 loss
try log 1 loss=abc
try copy a
try show x --replay
try rm x
try ls --where 'id > 3'
write_plain
echo "# options anywhere, --opt=value, -nVALUE, --store before the verb"
try space sample --seed=3 plain.yaml -n2 --format=json
try --store=sqlite:none.db ls
try --store sqlite:none.db ls
echo "# words that begin with a dash"
try space check -- -x.yaml
try observe 1 -0.5
try observe 1 -inf
