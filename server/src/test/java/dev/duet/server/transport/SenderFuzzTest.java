package dev.duet.server.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.duet.protocol.DuetException;
import dev.duet.protocol.ErrorCode;
import dev.duet.server.transport.TrustedProxies.Fields;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Set;

/// Whatever stands in the fields of a trusted proxy, the sender is an address, or the answer 400;
/// and what a client puts in front of what its proxy appends changes neither.
class SenderFuzzTest {
  private static final TrustedProxies TRUSTED = TrustedProxies.at("10.0.0.0/8");
  private static final InetSocketAddress PROXY = new InetSocketAddress("10.0.0.1", 7);

  @FuzzTest
  void anAddressOrARefusal(FuzzedDataProvider data) {
    boolean standard = data.consumeBoolean();
    List<String> fields =
        List.of(data.consumeString(200), data.consumeString(200), data.consumeRemainingAsString());
    try {
      Sender sender =
          Sender.of(
              PROXY,
              true,
              "http",
              TRUSTED.withFields(standard ? Fields.FORWARDED : Fields.X_FORWARDED),
              name -> fields);
      assertThat(sender.remote().isUnresolved()).isFalse();
      assertThat(Set.of("http", "https")).contains(sender.scheme());
      assertThat(sender.host() == null || Http1Head.isAuthority(sender.host())).isTrue();
    } catch (DuetException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST);
    }
  }

  @FuzzTest
  void nothingInFrontOfWhatIsAppendedCounts(FuzzedDataProvider data) {
    String invented = data.consumeRemainingAsString();
    Sender sender =
        Sender.of(
            PROXY,
            true,
            "http",
            TRUSTED,
            name ->
                name.equals("x-forwarded-for") ? List.of(invented + ", 203.0.113.9") : List.of());
    assertThat(sender.remote()).isEqualTo(new InetSocketAddress("203.0.113.9", 0));
  }
}
