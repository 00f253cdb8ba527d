/// The broker SPI: logs, and what the server may rely on from them. `BrokerContract` (in the test
/// jar) holds the law that is written here, and every broker runs it.
@NullMarked
package dev.duet.broker;

import org.jspecify.annotations.NullMarked;
