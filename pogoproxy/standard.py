"""The one table of this build's modules. Nothing registers itself.

The order of `ORDERED` is the order in which directives apply, whatever their order in the file.
"""

from __future__ import annotations

from .adapt.directive import Directive
from .config import listener_wrappers
from .config.adapt import Language
from .config.options import admin, frankenphp, order, pki, plugins, pogo, servers, values
from .config.options import tls as tls_options
from .handlers import (
    abort,
    acme_server,
    app,
    basic_auth,
    bind,
    copy_response,
    copy_response_headers,
    encode,
    error,
    file_server,
    forward_auth,
    fs,
    handle,
    handle_errors,
    handle_path,
    header,
    headers,
    intercept,
    invoke,
    log,
    log_append,
    log_name,
    log_skip,
    map,
    method,
    metrics,
    php,
    php_fastcgi,
    php_server,
    push,
    redir,
    request_body,
    request_header,
    respond,
    reverse_proxy,
    rewrite,
    root,
    route,
    subroute,
    templates,
    timeouts,
    tls,
    tracing,
    try_files,
    uri,
    vars,
)
from .loggers.encoders import ENCODERS
from .loggers.filters import FILTERS
from .loggers.log import CORES
from .loggers.writers import WRITERS
from .matchers import (
    client_ip,
    expression,
    file,
    header_regexp,
    host,
    not_,
    path,
    path_regexp,
    protocol,
    query,
    remote_ip,
    url_pattern,
    vars_regexp,
)
from .matchers import header as header_matcher
from .matchers import method as method_matcher
from .matchers import tls as tls_matcher
from .matchers import vars as vars_matcher
from .module import Module, Registry
from .tls import acme, dns, issuers, leaf, managers, permission, storage, trust

TLS_MODULES: tuple[type[Module], ...] = (
    acme.AcmeIssuer,
    dns.ExecProvider,
    *dns.plugged_providers(),
    issuers.InternalIssuer,
    issuers.ZeroSslIssuer,
    leaf.LeafFiles,
    leaf.LeafFolders,
    leaf.LeafPem,
    leaf.LeafStorage,
    leaf.LeafVerifier,
    managers.HttpCertificates,
    managers.Tailscale,
    permission.HttpPermission,
    storage.FileSystemStorage,
    *trust.TRUST_POOLS,
)

ORDERED: tuple[Directive, ...] = (
    tracing.DIRECTIVE,
    map.DIRECTIVE,
    vars.DIRECTIVE,
    fs.DIRECTIVE,
    root.DIRECTIVE,
    log_append.DIRECTIVE,
    log_skip.DEPRECATED,
    log_skip.DIRECTIVE,
    log_name.DIRECTIVE,
    header.DIRECTIVE,
    copy_response_headers.DIRECTIVE,
    request_body.DIRECTIVE,
    timeouts.DIRECTIVE,
    redir.DIRECTIVE,
    method.DIRECTIVE,
    rewrite.DIRECTIVE,
    uri.DIRECTIVE,
    try_files.DIRECTIVE,
    basic_auth.DEPRECATED,
    basic_auth.DIRECTIVE,
    forward_auth.DIRECTIVE,
    request_header.DIRECTIVE,
    encode.DIRECTIVE,
    push.DIRECTIVE,
    intercept.DIRECTIVE,
    templates.DIRECTIVE,
    invoke.DIRECTIVE,
    handle.DIRECTIVE,
    handle_path.DIRECTIVE,
    route.DIRECTIVE,
    abort.DIRECTIVE,
    error.DIRECTIVE,
    copy_response.DIRECTIVE,
    respond.DIRECTIVE,
    metrics.DIRECTIVE,
    reverse_proxy.DIRECTIVE,
    php_fastcgi.DIRECTIVE,
    php.DIRECTIVE,
    php_server.DIRECTIVE,
    app.DIRECTIVE,
    file_server.DIRECTIVE,
    acme_server.DIRECTIVE,
)
"""Directives that make routes."""

UNORDERED: tuple[Directive, ...] = (bind.DIRECTIVE, log.DIRECTIVE, handle_errors.DIRECTIVE, tls.DIRECTIVE)
"""Directives that say something about their site."""

OPTIONS = (
    *values.OPTIONS,
    *admin.OPTIONS,
    *order.OPTIONS,
    *plugins.OPTIONS,
    *pki.OPTIONS,
    *pogo.OPTIONS,
    *frankenphp.OPTIONS,
    *servers.OPTIONS,
    *tls_options.OPTIONS,
    log.OPTION,
)

MODULES: tuple[type[Module], ...] = (
    acme_server.AcmeServer,
    app.Application,
    basic_auth.Argon2id,
    basic_auth.Authentication,
    basic_auth.Bcrypt,
    copy_response.CopyResponse,
    copy_response_headers.CopyResponseHeaders,
    encode.Encode,
    error.StaticError,
    file_server.FileServer,
    headers.Headers,
    intercept.Intercept,
    invoke.Invoke,
    listener_wrappers.HttpRedirect,
    listener_wrappers.ProxyProtocol,
    listener_wrappers.StaticRanges,
    listener_wrappers.TLSPlaceholder,
    log_append.LogAppend,
    map.Map,
    metrics.MetricsHandler,
    php.Php,
    push.Push,
    request_body.RequestBody,
    respond.StaticResponse,
    *reverse_proxy.MODULES,
    rewrite.Rewrite,
    subroute.Subroute,
    templates.Templates,
    timeouts.Timeouts,
    tracing.Tracing,
    vars.Vars,
    *TLS_MODULES,
    *CORES,
    *ENCODERS,
    *FILTERS,
    *WRITERS,
)

MATCHERS = (
    client_ip.MATCHER,
    expression.MATCHER,
    file.MATCHER,
    header_matcher.MATCHER,
    header_regexp.MATCHER,
    host.MATCHER,
    method_matcher.MATCHER,
    not_.MATCHER,
    path.MATCHER,
    path_regexp.MATCHER,
    protocol.MATCHER,
    query.MATCHER,
    remote_ip.MATCHER,
    tls_matcher.MATCHER,
    url_pattern.MATCHER,
    vars_matcher.MATCHER,
    vars_regexp.MATCHER,
)

REGISTRY = Registry.of(MODULES, MATCHERS)

LANGUAGE = Language(
    directives={directive.name: directive for directive in (*ORDERED, *UNORDERED)},
    order=tuple(directive.name for directive in ORDERED),
    options={option.name: option for option in OPTIONS},
    registry=REGISTRY,
)
