"""Directives that make handlers or say something of their site: one directive, one module.

A module has the directive's syntax, the struct of its JSON and, where it runs, the handler: `provision`. It exports
`DIRECTIVE`; `pogoproxy.standard` names them all. Larger ones are packages with the same face.

Shared by several: `subroute`, `headers`, `vars`, `rewrite`, `response_matcher`, `response_handler`, `front_controller`.
"""
