package dev.duet.broker;

import dev.duet.protocol.Item;
import java.util.List;

/// A part of a log, as it was read.
///
/// A gap stands before the first publication that is complete after it: horizon gaps before all
/// publications of the page, those of a hole between the publications around it. After a gap with
/// `state` the channel's publications begin at its very first, so such a gap stands before all
/// publications of its page; a hole in a channel that keeps the latest per key is told like a
/// horizon.
///
/// @param items publications and gaps in log order
/// @param completeTo forwards: everything of the spans up to here is in the page or was told;
///     [ReadRequest#upTo()] unless a bound cut the page. Backwards: everything of the spans
///     **after** here is in it.
/// @param more whether a bound cut it
/// @param ended channels of the request that ended at or before `completeTo`
public record Page(List<Item> items, long completeTo, boolean more, List<String> ended) {}
