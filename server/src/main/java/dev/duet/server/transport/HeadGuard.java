package dev.duet.server.transport;

import dev.duet.protocol.ErrorCode;
import io.netty.buffer.ByteBuf;
import io.netty.util.ByteProcessor;
import org.jspecify.annotations.Nullable;

/// Looks at every byte of a request's head for what the codec lets pass and what two parsers may
/// read in two ways (RFC 9112 sections 2.2, 3, 5.1, 5.2): bare CR or LF, folded lines, white space
/// around names, control characters, more than one space in the request line, other versions.
final class HeadGuard implements ByteProcessor {
  private enum At {
    BEFORE,
    METHOD,
    TARGET,
    VERSION,
    LINE_FEED,
    LINE,
    NAME,
    VALUE,
    LAST_LINE_FEED,
    AFTER
  }

  private static final String VERSION = "HTTP/d.d";
  private static final String TOKEN_SIGNS = "!#$%&'*+-.^_`|~";

  private At at = At.BEFORE;

  /// Whether the method, or the target, has a character.
  private boolean partBegun;

  private int versionIndex;
  private boolean supported = true;
  private @Nullable Fault fault;

  /// Why a head is refused.
  record Fault(ErrorCode code, String detail) {}

  /// Takes the next bytes, up to the end of the head.
  ///
  /// @return how many of them it took
  int check(ByteBuf bytes, int from, int length) {
    if (fault != null || at == At.AFTER) {
      return 0;
    }
    int stopped = bytes.forEachByte(from, length, this);
    return stopped < 0 ? length : stopped - from + 1;
  }

  /// What is wrong with the head, or null as long as nothing is.
  @Nullable Fault fault() {
    return fault;
  }

  /// Whether there was more than the empty lines that may stand before a head.
  boolean begun() {
    return at != At.BEFORE;
  }

  /// Whether the head has ended.
  boolean complete() {
    return at == At.AFTER;
  }

  /// Begins with the next head.
  void reset() {
    at = At.BEFORE;
    partBegun = false;
    versionIndex = 0;
    supported = true;
  }

  @Override
  public boolean process(byte value) {
    int b = value & 0xFF;
    switch (at) {
      case BEFORE -> before(b);
      case METHOD -> method(b);
      case TARGET -> target(b);
      case VERSION -> version(b);
      case LINE_FEED, LAST_LINE_FEED -> lineFeed(b);
      case LINE -> line(b);
      case NAME -> name(b);
      case VALUE -> value(b);
      case AFTER -> throw new IllegalStateException("after the end of the head");
    }
    return fault == null && at != At.AFTER;
  }

  private void before(int b) {
    if (b != '\r' && b != '\n') {
      at = At.METHOD;
      method(b);
    }
  }

  private void method(int b) {
    if (b == ' ' && partBegun) {
      at = At.TARGET;
      partBegun = false;
    } else if (token(b)) {
      partBegun = true;
    } else {
      refuse("the method is not a token");
    }
  }

  private void target(int b) {
    if (b == ' ' && partBegun) {
      at = At.VERSION;
    } else if (b == '#') {
      refuse("the request target has a fragment");
    } else if (b <= ' ' || b >= 0x7F) {
      refuse("the request target has an illegal character, or the version is missing");
    } else {
      partBegun = true;
    }
  }

  private void version(int b) {
    if (versionIndex == VERSION.length()) {
      if (b != '\r') {
        refuse("the request line does not end after its version");
      } else if (!supported) {
        fault = new Fault(ErrorCode.HTTP_VERSION, "HTTP/1.1 and HTTP/1.0 are spoken here");
      }
      at = At.LINE_FEED;
      return;
    }
    char wanted = VERSION.charAt(versionIndex);
    boolean digit = b >= '0' && b <= '9';
    if (wanted == 'd' ? !digit : b != wanted) {
      refuse("the request line does not end in a version of HTTP");
    }
    supported &= versionIndex != 5 || b == '1';
    supported &= versionIndex != 7 || b <= '1';
    versionIndex++;
  }

  private void lineFeed(int b) {
    if (b != '\n') {
      refuse("a CR stands alone");
    }
    at = at == At.LAST_LINE_FEED ? At.AFTER : At.LINE;
  }

  private void line(int b) {
    if (b == '\r') {
      at = At.LAST_LINE_FEED;
    } else if (b == ' ' || b == '\t') {
      refuse("a header field is folded over two lines");
    } else if (b == ':') {
      refuse("a header field has no name");
    } else {
      at = At.NAME;
      name(b);
    }
  }

  private void name(int b) {
    if (b == ':') {
      at = At.VALUE;
    } else if (!token(b)) {
      refuse("the name of a header field is not a token directly before its colon");
    }
  }

  private void value(int b) {
    if (b == '\r') {
      at = At.LINE_FEED;
    } else if ((b < ' ' && b != '\t') || b == 0x7F) {
      refuse("a header field has a control character");
    }
  }

  private void refuse(String detail) {
    fault = new Fault(ErrorCode.BAD_REQUEST, detail);
  }

  private static boolean token(int b) {
    return (b >= 'a' && b <= 'z')
        || (b >= 'A' && b <= 'Z')
        || (b >= '0' && b <= '9')
        || TOKEN_SIGNS.indexOf(b) >= 0;
  }
}
