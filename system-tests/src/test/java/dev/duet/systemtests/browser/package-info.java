/// What browsers do with what the server sends: Chromium's rules, not ours.
@NullMarked
package dev.duet.systemtests.browser;

import org.jspecify.annotations.NullMarked;
