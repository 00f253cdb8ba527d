package dev.duet.server.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.broker.Receipt;
import dev.duet.protocol.ErrorCode;
import org.junit.jupiter.api.Test;

class TallyTest {
  private final Tally tally = new Tally();

  private void failed(boolean full) {
    ErrorCode code = full ? ErrorCode.STORAGE_FULL : ErrorCode.NOT_COMMITTED;
    tally.count(
        new Receipt.Failed(full, "why"),
        new Outcome.Refused("orders", code, "why", -1, 1000),
        1,
        1_000);
  }

  private boolean isFailing() {
    return tally.figures(new InFlight(1 << 20), 2_000).failing();
  }

  @Test
  void aLogThatDoesNotCommitIsFailing() {
    failed(false);
    assertThat(isFailing()).isTrue();
  }

  @Test
  void fullStorageIsForTheLogToTell() {
    failed(true);
    assertThat(isFailing()).isFalse();
    failed(false);
    failed(true);
    assertThat(isFailing()).isTrue();
  }
}
