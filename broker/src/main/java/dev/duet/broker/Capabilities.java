package dev.duet.broker;

/// What a broker can do, as data: nobody asks which class it is. What publications survive is said
/// by each [Log#durability()].
///
/// @param manyNodes several servers may share it
/// @param ownOrder its announcements never miss a publication, so that `lost` never comes
public record Capabilities(boolean manyNodes, boolean ownOrder) {}
