package dev.duet.server.transport;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/// An address, or all whose first bits are the same (CIDR, RFC 4632 and RFC 4291 section 2.3):
/// `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`. Names are not looked up. An IPv6 address that maps an IPv4
/// one is that one.
public final class AddressRange {
  private static final String FORM = "an address or a range such as 10.0.0.7, 10.0.0.0/8, fd00::/8";

  private final String text;
  private final byte[] network;
  private final int bits;

  private AddressRange(String text, byte[] network, int bits) {
    this.text = text;
    this.network = network;
    this.bits = bits;
  }

  /// @throws IllegalArgumentException if it is none; the message ends a sentence that begins with
  ///     the text: "is not …"
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    InetAddress address = address(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      throw new IllegalArgumentException("is not " + FORM);
    }
    byte[] network = address.getAddress();
    int all = network.length * Byte.SIZE;
    if (slash < 0) {
      return new AddressRange(text, network, all);
    }
    String length = text.substring(slash + 1);
    if (!length.matches("[0-9]{1,3}") || Integer.parseInt(length) > all) {
      throw new IllegalArgumentException("is not " + FORM + "; its length is 0 to " + all);
    }
    int bits = Integer.parseInt(length);
    for (int bit = bits; bit < all; bit++) {
      if (bit(network, bit) != 0) {
        throw new IllegalArgumentException(
            "has bits beyond its length of %d; the range is not clear".formatted(bits));
      }
    }
    return new AddressRange(text, network, bits);
  }

  /// The address that a literal names, or null if it is none. An IPv6 one stands without brackets.
  static @Nullable InetAddress address(String literal) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
    if (bytes == null || literal.indexOf('%') >= 0 || literal.startsWith("[")) {
      return null;
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length != network.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      if (bit(bytes, bit) != bit(network, bit)) {
        return false;
      }
    }
    return true;
  }

  private static int bit(byte[] bytes, int index) {
    return bytes[index / Byte.SIZE] >> (Byte.SIZE - 1 - index % Byte.SIZE) & 1;
  }

  @Override
  public String toString() {
    return text;
  }
}
