package dev.duet.app.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A subscriber that asks Duet for one page after the other, each from the cursor of the last, on
/// one connection.
final class PollListener extends Listener {
  private static final Pattern CURSOR = Pattern.compile("\\{\"cursor\":\"([^\"\\\\]{1,4096})\"");
  private static final int OK = 200;
  private static final int MOST_CURSOR = 4_200;
  private static final int MOST_PAGE = 32 << 20;

  private @Nullable Head head = new Head();
  private int left;
  private ByteBuf begin = Unpooled.EMPTY_BUFFER;

  PollListener(Audience audience, int channel) {
    super(audience, channel);
  }

  /// The first page is empty and says where the present is.
  @Override
  void ask(ChannelHandlerContext socket) {
    write(socket, audience.request(channel, "", ""));
  }

  @Override
  void take(ChannelHandlerContext socket, ByteBuf in) {
    while (in.isReadable()) {
      if (head != null) {
        if (!head.take(in)) {
          return;
        }
        if (head.status() != OK) {
          refused(socket, head, in);
          return;
        }
        left = length(head);
        begin = Unpooled.buffer(Math.min(left, MOST_CURSOR));
        head = null;
      }
      int length = Math.min(left, in.readableBytes());
      scanner.scan(in, in.readerIndex(), length);
      begin.writeBytes(in, in.readerIndex(), Math.min(length, begin.writableBytes()));
      in.skipBytes(length);
      left -= length;
      if (left == 0) {
        ended(socket);
      }
    }
  }

  private void ended(ChannelHandlerContext socket) {
    Matcher cursor = CURSOR.matcher(begin.toString(StandardCharsets.UTF_8));
    if (!cursor.lookingAt()) {
      throw new BenchException("a page of the server does not begin with its cursor");
    }
    head = new Head();
    String since = URLEncoder.encode(cursor.group(1), StandardCharsets.UTF_8);
    write(socket, audience.request(channel, "since=" + since + "&wait=25s", ""));
    opened();
  }

  private static int length(Head head) {
    String length = head.field("Content-Length");
    if (!length.matches("[0-9]{1,8}") || Integer.parseInt(length) > MOST_PAGE) {
      throw new BenchException("a page of the server has no length below 32 MiB: " + length);
    }
    return Integer.parseInt(length);
  }
}
