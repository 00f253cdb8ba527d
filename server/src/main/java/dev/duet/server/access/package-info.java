/// Who may what. An embedding application implements [dev.duet.server.access.Access]; the server
/// asks it before it serves anything, remembers for how long the answer holds, and ends what rested
/// on it when it expires or is revoked.
@NullMarked
package dev.duet.server.access;

import org.jspecify.annotations.NullMarked;
