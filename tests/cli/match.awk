# match.awk GOLDEN TRANSCRIPT: status 0 if the transcript is what the golden file says, where [...] stands for any text, and alone on a
# line for any lines. Prints the transcript, with the lines of the golden file that match put in place of its own.

function line_matches(golden, line,    n, parts, i, at) {
  if (golden == line) return 1
  n = split(golden, parts, /\[\.\.\.\]/)
  if (n < 2) return 0
  if (substr(line, 1, length(parts[1])) != parts[1]) return 0
  line = substr(line, length(parts[1]) + 1)
  for (i = 2; i < n; i++) {
    at = index(line, parts[i])
    if (!at) return 0
    line = substr(line, at + length(parts[i]))
  }
  return length(line) >= length(parts[n]) && substr(line, length(line) - length(parts[n]) + 1) == parts[n]
}

function lines_match(i, j,    k) {
  while (i <= n_golden && golden[i] != "[...]") {
    if (j > n_lines || !line_matches(golden[i], lines[j])) return 0
    i++; j++
  }
  if (i > n_golden) return j > n_lines
  for (k = j; k <= n_lines + 1; k++)
    if (lines_match(i + 1, k)) return 1
  return 0
}

NR == FNR && FILENAME == ARGV[1] { golden[++n_golden] = $0; next }
{ lines[++n_lines] = $0 }

END {
  for (j = 1; j <= n_lines; j++) {
    shown = lines[j]
    for (i = 1; i <= n_golden; i++)
      if (golden[i] != "[...]" && line_matches(golden[i], lines[j])) { shown = golden[i]; break }
    print shown
  }
  exit !lines_match(1, 1)
}
