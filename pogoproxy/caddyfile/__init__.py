"""The Caddyfile as text: it knows words, lines and blocks, and no HTTP.

- `lexer`   text → words, with Caddy's rules for quotes, heredocs and comments
- `expand`  environment variables, snippets and imports, on words
- `parse`   words → tree, by the Lark grammar
- `tree`    the frozen nodes
- `cursor`  reading a segment's arguments and block, and refusing what is left over
- `syntax`  declared rows: subdirective, field, converter
- `render`  mistakes as text with a caret
- `format`  `pogoproxy fmt`
"""
