package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/// Any bytes where a PROXY protocol header is expected: no defect, nothing leaks, and what follows
/// does not depend on how the bytes are split.
class ProxyProtocolFuzzTest {
  private static final TransportOptions OPTIONS =
      Http1FuzzTest.OPTIONS.withProxies(TrustedProxies.at("127.0.0.1").withProtocol(true));

  @FuzzTest
  void splitsDoNotMatter(FuzzedDataProvider data) {
    int piece = data.consumeInt(1, 64);
    byte[] bytes = data.consumeRemainingAsBytes();
    assertThat(Http1FuzzTest.answers(OPTIONS, bytes, piece))
        .isEqualTo(Http1FuzzTest.answers(OPTIONS, bytes, Math.max(1, bytes.length)));
  }
}
