package dev.duet.broker;

/// What a broker can do, as data: nobody asks which class it is.
///
/// @param survivesRestart its history is there after a restart of this process
/// @param manyNodes several servers may share it
/// @param ownOrder its announcements never miss a publication, so that `lost` never comes
public record Capabilities(boolean survivesRestart, boolean manyNodes, boolean ownOrder) {}
