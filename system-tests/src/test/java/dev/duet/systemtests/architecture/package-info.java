/// The shape that the code keeps. The classes in packages named `planted` break one rule each.
@NullMarked
package dev.duet.systemtests.architecture;

import org.jspecify.annotations.NullMarked;
