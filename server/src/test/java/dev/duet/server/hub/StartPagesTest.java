package dev.duet.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import dev.duet.protocol.Cursor;
import dev.duet.protocol.Draft;
import dev.duet.protocol.Gap;
import dev.duet.protocol.Gap.Reason;
import dev.duet.protocol.Publication;
import dev.duet.protocol.Start;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Several channels are read from a start, or over a gap, in the smallest pages: each page begins
/// with the cursor of the one before. What is lost is told once, with its reason, and nothing else.
final class StartPagesTest {
  private static final Pattern NUMBER = Pattern.compile("n=(\\d+);");
  private static final List<String> ALL = List.of("a", "b", "latest.c");

  private Scene scene = new Scene();

  @AfterEach
  void close() {
    scene.close();
  }

  /// Reads page after page.
  private final class Reading {
    private final List<String> channels;
    private final Start start;
    private Cursor cursor;
    final List<Integer> numbers = new ArrayList<>();
    final List<Gap> gaps = new ArrayList<>();
    int pages;
    boolean more = true;

    Reading(List<String> channels, Start start) {
      this.channels = channels;
      this.start = start;
    }

    Reading(List<String> channels, Cursor cursor) {
      this(channels, Start.NOW);
      this.cursor = cursor;
    }

    Reading one() {
      var request = new PageRequest(channels, cursor, start, false, 1, 1 << 20, 0, 0);
      var page = scene.loop.page(request);
      scene.run();
      PageAnswer answer = page.join();
      answer.publications().forEach(entry -> numbers.add(number(entry.publication())));
      gaps.addAll(answer.gaps());
      cursor = Cursor.parse(answer.cursor());
      more = answer.more();
      pages++;
      return this;
    }

    Reading toTheEnd() {
      while (more) {
        assertThat(pages).as("pages, with %s and %s", numbers, gaps).isLessThan(100);
        one();
      }
      return this;
    }
  }

  private static int number(Publication publication) {
    Matcher found = NUMBER.matcher(new String(publication.data(), StandardCharsets.UTF_8));
    assertThat(found.find()).isTrue();
    return Integer.parseInt(found.group(1));
  }

  private long publish(String channel, int number, String key) {
    Draft draft = Scene.draft(number);
    return scene.publish(channel, draft.withKey(key));
  }

  private void trim(String channel, long before) {
    var trimmed = scene.broker.logs().get(scene.broker.logOf(channel)).trim(channel, before);
    scene.broker.commitAll();
    assertThat(trimmed).isCompleted();
  }

  /// What was published elsewhere, so that the ring has nothing of before.
  private void begin() {
    scene.start(2, 8);
  }

  /// What was lost before the reading began is no gap, on no page; a hole that it comes across is
  /// told once per channel.
  @Test
  void whatWasLostBeforeTheStartIsToldOnNoPage() {
    scene.publish("b", 1);
    publish("latest.c", 2, "x");
    scene.publish("a", 3);
    scene.publish("b", 4);
    long cut = scene.publish("a", 5);
    trim("a", cut);
    scene.publish("b", 6);
    publish("latest.c", 7, "y");
    scene.publish("a", 8);
    long hole = publish("latest.c", 9, "z");
    scene.broker.damage(0, hole - 1, hole);
    scene.publish("b", 10);
    begin();

    Reading reading = new Reading(ALL, Start.HELD).toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 2, 4, 6, 7, 8, 10);
    assertThat(reading.gaps)
        .containsExactlyInAnyOrder(
            new Gap("a", hole - 1, hole, Reason.HOLE, false, false),
            new Gap("b", hole - 1, hole, Reason.HOLE, false, false));
  }

  /// What retention takes between two pages is told, once and for certain, and only where it was.
  @Test
  void whatIsLostBetweenTwoPagesIsToldOnce() {
    long first = scene.publish("b", 1);
    scene.publish("a", 2);
    scene.publish("b", 3);
    long before = scene.publish("a", 4);
    long lostOfB = scene.publish("b", 5);
    long lostOfA = scene.publish("a", 6);
    publish("latest.c", 7, "x");
    scene.publish("a", 8);
    scene.publish("b", 9);
    trim("a", before);
    begin();

    Reading reading = new Reading(ALL, Start.HELD).one();
    assertThat(reading.numbers).containsExactly(1);
    trim("b", lostOfB);
    reading.one();
    trim("a", lostOfA);
    reading.toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 6, 7, 8, 9);
    assertThat(reading.gaps)
        .containsExactly(new Gap("b", first, lostOfB, Reason.RETENTION, true, false));
  }

  /// Also where something was lost there before the start.
  @Test
  void moreIsLostThanBeforeTheStart() {
    publish("latest.c", 1, "x");
    scene.publish("b", 2);
    scene.publish("a", 3);
    long before = scene.publish("a", 4);
    long lost = scene.publish("a", 5);
    scene.publish("a", 6);
    trim("a", before);
    begin();

    Reading reading = new Reading(ALL, Start.HELD).one();
    trim("a", lost);
    reading.toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 2, 6);
    assertThat(reading.gaps)
        .containsExactly(new Gap("a", before, lost, Reason.RETENTION, true, false));
  }

  /// A log of which nothing was read yet.
  @Test
  void whatIsLostInALogBeforeItsFirstPageIsTold() {
    scene.close();
    scene = new Scene(List.of("one", "two"));
    scene.publish("a", 1);
    scene.publish("B", 2);
    long lost = scene.publish("B", 3);
    scene.publish("B", 4);
    scene.publish("C", 5);
    long before = scene.publish("C", 6);
    scene.publish("C", 7);
    trim("C", before);
    begin();

    Reading reading = new Reading(List.of("B", "C", "a"), Start.HELD).one();
    assertThat(reading.numbers).containsExactly(1);
    trim("B", lost);
    reading.toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 4, 7);
    assertThat(reading.gaps).containsExactly(new Gap("B", 0, lost, Reason.RETENTION, true, false));
  }

  /// What a start did not ask for is not lost; what it asked for is.
  @Test
  void theLastOfEachChannelBeginWhereTheyBegan() {
    scene.publish("a", 1);
    scene.publish("a", 2);
    long before = scene.publish("b", 3);
    long asked = scene.publish("b", 4);
    scene.publish("b", 5);
    scene.publish("c", 6);
    long notAsked = scene.publish("c", 7);
    scene.publish("c", 8);
    scene.publish("c", 9);
    begin();

    Reading reading = new Reading(List.of("a", "b", "c"), new Start.Last(2)).one();
    assertThat(reading.numbers).containsExactly(1);
    trim("b", asked);
    trim("c", notAsked);
    reading.toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 2, 5, 8, 9);
    assertThat(reading.gaps)
        .containsExactly(new Gap("b", before, asked, Reason.RETENTION, true, false));
  }

  /// A state that may have lost something is told once, and comes whole, however small the pages.
  @Test
  void aStateComesAgainOnceBehindAHole() {
    publish("latest.c", 1, "x");
    publish("latest.c", 2, "y");
    publish("latest.c", 3, "z");
    long hole = publish("latest.c", 4, "w");
    publish("latest.c", 5, "v");
    scene.publish("a", 6);
    begin();

    Reading reading = new Reading(ALL, Start.HELD).one().one();
    assertThat(reading.numbers).containsExactly(1, 2);
    scene.broker.damage(0, hole - 1, hole);
    reading.toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 2, 1, 2, 3, 5, 6);
    assertThat(reading.gaps)
        .contains(
            new Gap("latest.c", reading.gaps.getFirst().from(), hole, Reason.HOLE, false, true))
        .filteredOn(gap -> gap.channel().equals("latest.c"))
        .hasSize(1);
  }

  /// Also for who came with a cursor of everything.
  @Test
  void aStateComesAgainInPagesOnce() {
    publish("latest.c", 1, "x");
    publish("latest.c", 2, "y");
    long at = publish("latest.c", 3, "z");
    long hole = publish("latest.c", 4, "w");
    publish("latest.c", 5, "v");
    scene.publish("a", 6);
    scene.broker.damage(0, hole - 1, hole);
    begin();

    Reading reading = new Reading(ALL, scene.at(at)).toTheEnd();

    assertThat(reading.numbers).containsExactly(1, 2, 3, 5, 6);
    assertThat(reading.gaps)
        .filteredOn(gap -> gap.channel().equals("latest.c"))
        .containsExactly(new Gap("latest.c", at, hole, Reason.HOLE, false, true));
  }

  /// Also where all that is held of it was published after the cursor.
  @Test
  void aStateOfWhichAllIsNewComesOnce() {
    publish("latest.c", 1, "x");
    long at = publish("latest.c", 2, "y");
    publish("latest.c", 3, "x");
    publish("latest.c", 4, "y");
    long hole = publish("latest.c", 5, "w");
    publish("latest.c", 6, "v");
    scene.publish("a", 7);
    scene.broker.damage(0, hole - 1, hole);
    begin();

    Reading reading = new Reading(ALL, scene.at(at)).toTheEnd();

    assertThat(reading.numbers).containsExactly(3, 4, 6, 7);
    assertThat(reading.gaps)
        .filteredOn(gap -> gap.channel().equals("latest.c"))
        .containsExactly(new Gap("latest.c", at, hole, Reason.HOLE, false, true));
  }

  /// What retention took is told on one page, also to who came with a cursor of everything.
  @Test
  void aGapBehindACursorIsToldOnOnePage() {
    long at = scene.publish("a", 1);
    scene.publish("b", 2);
    scene.publish("b", 3);
    long lost = scene.publish("a", 4);
    scene.publish("a", 5);
    trim("a", lost);
    begin();

    Reading reading = new Reading(List.of("a", "b"), scene.at(at)).toTheEnd();

    assertThat(reading.numbers).containsExactly(2, 3, 5);
    assertThat(reading.gaps).containsExactly(new Gap("a", at, lost, Reason.RETENTION, true, false));
  }

  /// The whole state behind a new id of the log comes once, however small the pages.
  @Test
  void aStateComesOnceWhereTheLogChanged() {
    scene.publish("a", 1);
    publish("latest.c", 2, "x");
    publish("latest.c", 3, "y");
    publish("latest.c", 4, "z");
    long at = scene.publish("a", 5);
    Cursor came = scene.at(at);
    publish("latest.c", 6, "w");
    scene.publish("a", 7);
    scene.broker.rename(0, "newid", at);
    begin();

    Reading reading = new Reading(List.of("a", "latest.c"), came).toTheEnd();

    assertThat(reading.numbers).containsExactly(2, 3, 4, 6, 7);
    assertThat(reading.gaps).hasSize(2).allMatch(gap -> gap.reason() == Reason.LOG_CHANGED);
  }
}
