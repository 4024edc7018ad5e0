"""Who signs: each issuer of a policy as it runs in the keeper.

- `issuer`     what all issuers have in common
- `keys`       private keys by the names of their types; `building` is what all that they sign has in common
- `authority`  a certificate authority of our own: root, intermediate, and what they sign
- `internal`   the issuer that asks such an authority
- `acme`       the ACME issuer; `orders` is what it does, `session` how it speaks, and `accounts` as whom
- `zerossl`    what ZeroSSL wants of an account
- `chains`     which of several chains is taken
- `challenges` what is to be answered; `proof` is the certificate for TLS-ALPN-01 and `tls_alpn` its types,
               `dns01` is DNS-01, and `shared` is what other servers may answer
"""
