# Tables in narrow terminals.
wide() { # NAME COLUMNS TEXT
  { printf 'experiment: %s\nspace:\n' "$1"; seq "$2" | sed "s/.*/  p&: !Categorical [$3&]/"; } >"$1.yaml"
}
wide six 6 a-rather-long-text-in-column-number-
sh_try '$labwatch suggest six.yaml --format args >/dev/null'
for width in 300 200 150 121 120 90 77 76 60 20 1; do
  sh_try "COLUMNS=$width \$labwatch ls six | tail -1"
done
sh_try 'for width in $(seq 24 4 300); do n=$(COLUMNS=$width $labwatch ls six | wc -L); [ $n -le $width ] || echo $width: $n; done'
echo "# many columns"
wide many 50000 x
sh_try '$labwatch suggest many.yaml --format args >/dev/null; COLUMNS=80 $labwatch ls many.yaml'
