package dev.semblance.app.report;

import dev.semblance.core.file.Atomic;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes the report of a run: one HTML file that holds its styles, its script, its data and its
 * pictures, asks the network for nothing and can be sent by mail.
 *
 * <p>The file stays under about five megabytes whatever is handed in: maps of more than 20,000
 * points, curves of more than 2,000 and thumbnails of more than 3,000 pictures are thinned, and the
 * page says so.
 */
public final class Report {
  private static final String FILE = "index.html";
  private static final List<String> SCRIPTS =
      List.of("base.js", "plot.js", "curves.js", "map.js", "confusion.js", "page.js");
  private static final Pattern SLOT = Pattern.compile("\\{\\{(\\w+)\\}\\}");

  private Report() {}

  /**
   * Writes {@code index.html} into a folder, which is made if need be. The file is written beside
   * its place and renamed: what was there stays until the new one is whole.
   *
   * @return the file
   * @throws IOException naming the file, when it cannot be written
   */
  public static Path write(Path folder, ReportData data) throws IOException {
    return place(folder, html(data));
  }

  /** Puts a page into a folder as {@code index.html}. */
  static Path place(Path folder, String page) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw FileProblem.of(file, folder + " is a file", "choose another folder", e);
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
    Atomic.text(file, page);
    return file;
  }

  /** The page as text. */
  static String html(ReportData whole) throws IOException {
    ReportData data =
        whole.withGallery(limited(whole.gallery())).withMistakes(limited(whole.mistakes()));
    MapSample map = data.map() == null ? null : MapSample.of(data.map());
    SpriteSheet sheet = sheet(data, map);
    Page page = new Page(data);
    Gallery gallery = new Gallery(data, sheet);
    String script = script();
    Map<String, String> slots =
        Map.ofEntries(
            Map.entry("hash", sha256(script)),
            Map.entry("title", Html.text(data.title())),
            Map.entry("style", resource("report.css") + spriteStyle(sheet)),
            Map.entry("command", page.command()),
            Map.entry("warnings", page.warnings()),
            Map.entry("headlines", page.headlines()),
            Map.entry("metrics", page.metrics()),
            Map.entry("curves", page.curves()),
            Map.entry("map", page.map()),
            Map.entry(
                "gallery",
                gallery.html(
                    "gallery-list", data.gallery(), "No queries were kept for a gallery.")),
            Map.entry(
                "mistakes",
                gallery.html(
                    "mistakes-list",
                    data.mistakes(),
                    "No mistakes were found, or none were kept.")),
            Map.entry("roc", page.roc()),
            Map.entry("confusion", page.confusion()),
            Map.entry("facts", page.facts()),
            Map.entry("data", Html.json(DataJson.of(data, sheet, map))),
            Map.entry("script", script));
    return filled(resource("report.html"), slots);
  }

  /** Fills all slots in one pass: what is filled in is never searched for slots again. */
  static String filled(String template, Map<String, String> slots) {
    Matcher matcher = SLOT.matcher(template);
    StringBuilder page = new StringBuilder();
    while (matcher.find()) {
      String slot = slots.get(matcher.group(1));
      if (slot == null) {
        throw new IllegalStateException("the page has no content for slot " + matcher.group(1));
      }
      matcher.appendReplacement(page, Matcher.quoteReplacement(slot));
    }
    return matcher.appendTail(page).toString();
  }

  private static List<Retrieval> limited(List<Retrieval> retrievals) {
    List<Retrieval> some = new ArrayList<>();
    for (Retrieval r : retrievals.subList(0, Math.min(Gallery.MOST_QUERIES, retrievals.size()))) {
      List<Retrieval.Hit> hits = r.hits().subList(0, Math.min(Gallery.MOST_HITS, r.hits().size()));
      some.add(new Retrieval(r.picture(), r.label(), hits, r.note()));
    }
    return some;
  }

  private static @Nullable SpriteSheet sheet(ReportData data, @Nullable MapSample map)
      throws IOException {
    if (data.pictures() == null) {
      return null;
    }
    SequencedSet<Integer> needed = new LinkedHashSet<>();
    for (List<Retrieval> list : List.of(data.gallery(), data.mistakes())) {
      for (Retrieval retrieval : list) {
        needed.add(retrieval.picture());
        retrieval.hits().forEach(hit -> needed.add(hit.picture()));
      }
    }
    return SpriteSheet.of(data.pictures(), needed, map == null ? new int[0] : map.wishedPictures());
  }

  /** The sheet as a background, and the sizes at which a cell is shown, in whole pixels. */
  private static String spriteStyle(@Nullable SpriteSheet sheet) {
    if (sheet == null) {
      return "";
    }
    StringBuilder style = new StringBuilder("\n.pic{background-image:url(data:image/png;base64,");
    style.append(Base64.getEncoder().encodeToString(sheet.png())).append(")");
    int longest = Math.max(sheet.cellWidth(), sheet.cellHeight());
    style.append(longest <= 40 ? ";image-rendering:pixelated}\n" : "}\n");
    size(style, sheet, ".pic.q", 104);
    size(style, sheet, ".pic.h", 60);
    size(style, sheet, ".pic.t", 112);
    style.append("@media (max-width:640px){");
    size(style, sheet, ".pic.q", 72);
    size(style, sheet, ".pic.h", 46);
    return style.append("}\n").toString();
  }

  private static void size(StringBuilder style, SpriteSheet sheet, String selector, int side) {
    int longest = Math.max(sheet.cellWidth(), sheet.cellHeight());
    int width = Math.max(1, Math.round((float) side * sheet.cellWidth() / longest));
    int height = Math.max(1, Math.round((float) side * sheet.cellHeight() / longest));
    style.append(
        String.format(
            Locale.ROOT,
            "%s{width:%dpx;height:%dpx;background-size:%dpx %dpx;"
                + "background-position:calc(var(--c)*-%dpx) calc(var(--r)*-%dpx)}\n",
            selector,
            width,
            height,
            width * sheet.columns(),
            height * sheet.rows(),
            width,
            height));
  }

  private static String script() {
    StringBuilder script = new StringBuilder("(() => {\n'use strict';\n");
    SCRIPTS.forEach(name -> script.append(resource(name)));
    return script.append("})();\n").toString();
  }

  /** A file beside this class, as text. */
  static String resource(String name) {
    try (InputStream in = Report.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the report's resource " + name + " is not in the jar");
      }
      // A checkout may have changed line ends; the script's digest must not depend on it.
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      return Base64.getEncoder()
          .encodeToString(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
