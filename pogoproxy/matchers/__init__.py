"""Request matchers: one matcher, one module, with its syntax, the type of its JSON and its predicate.

A module exports `MATCHER`; `pogoproxy.standard` names them all. Shared by several: `regexp`, `ip_ranges`.
"""
