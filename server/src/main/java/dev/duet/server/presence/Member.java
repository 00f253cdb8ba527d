package dev.duet.server.presence;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One who is there.
///
/// @param key what it is known by in the channel: `user/client`, or `client` for nobody in
///     particular
/// @param user who it is, as far as access says, or null
/// @param client the id that the client chose for itself
/// @param since when this stay began
/// @param info a JSON object that the client gave, or null
public record Member(
    String key, @Nullable String user, String client, Instant since, @Nullable String info) {}
