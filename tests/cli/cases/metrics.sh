write_plain
sh_try '$labwatch suggest plain.yaml --format args'
try log 1 loss=0.5 accuracy=0.25
try log 1 loss=0.25
try log 1 loss=0.125 --step 10
try log 1 'a=b=3'
try log 1 loss=nan
try show 1 --metric loss
try show 1 --metric los
try log 1 =3
try log 1 loss=1 --step -1
sh_try '$labwatch show 1 | sed -n "/^metric/,\$p"'
