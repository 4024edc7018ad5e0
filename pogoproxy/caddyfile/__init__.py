"""The Caddyfile as text: it knows words, lines and blocks, and no HTTP.

- `files`        reading config files, finding imported ones
- `environment`  `{$NAME}` in the raw text
- `envfile`      files of variables for `--envfile`
- `lexer`        text → words, with Caddy's rules for quotes, heredocs and comments
- `space`        white space in Go's sense
- `rows`         words → rows, cut at the braces; the terminals of the grammar
- `expand`       snippets and imports, with `arguments` for what an import inserts and `graph` against cycles
- `parse`        rows → tree, by the Lark grammar
- `tree`         the frozen nodes
- `cursor`       reading a segment's arguments and block, and refusing what is left over
- `syntax`       declared rows: subdirective, field, reader
- `mistakes`     gathering several mistakes in one run; `suggest`, did you mean …?
- `render`       mistakes as text with a caret
- `format`       `pogoproxy fmt`
"""
