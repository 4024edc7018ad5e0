"""Who signs: each issuer of a policy as it runs in the keeper.

- `issuer`     what all issuers have in common
- `keys`       private keys by the names of their types
- `authority`  a certificate authority of our own: root, intermediate, and what they sign
- `internal`   the issuer that asks such an authority
- `trust_store` the operating system's trusted authorities, for `pogoproxy trust` and `untrust`
"""
