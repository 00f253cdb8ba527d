/// Real proxies before a real server: what works at their default settings and what does not, and
/// the snippets of docs/deploy.
@NullMarked
package dev.duet.systemtests.proxies;

import org.jspecify.annotations.NullMarked;
