package dev.semblance.app.report.plate;

import dev.semblance.app.report.Report;
import dev.semblance.core.file.Atomic;
import dev.semblance.core.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * One HTML page of headlines, pictures, tables and facts that holds its styles and pictures, runs
 * no script and asks the network for nothing.
 *
 * <p>It is written top down: each call adds to the section begun last. Texts are plain; what HTML
 * means something by is escaped.
 */
public final class PlatePage {
  private static final String FILE = "index.html";
  private static final String OWN_STYLE =
      """

      .plates { display: flex; flex-wrap: wrap; gap: 18px; align-items: flex-start; margin: 6px 0 14px; }
      .plate { background: var(--panel); border: 1px solid var(--line); border-radius: 12px; padding: 12px; max-width: 100%; }
      .plate img, .plate svg { display: block; max-width: 100%; height: auto; }
      .plate img.pixels { image-rendering: pixelated; }
      .plate p { font-size: 13px; line-height: 1.45; color: var(--soft); margin-top: 8px; white-space: pre-line; }
      .plate svg text { fill: var(--soft); font-size: 12px; }
      .plate svg .grid { stroke: var(--grid); }
      .table { width: auto; min-width: min(100%, 560px); margin: 6px 0 14px; }
      .table th, .table td { padding-right: 22px; }
      .table thead th { color: var(--soft); font-size: 13px; }
      .table td.n { font-weight: 400; }
      .table th.n { text-align: right; }
      """;

  private final String title;
  private final String command;
  private final StringBuilder headlines = new StringBuilder();
  private final StringBuilder body = new StringBuilder();
  private boolean open;

  private PlatePage(String title, String command) {
    this.title = title;
    this.command = command;
  }

  /**
   * An empty page.
   *
   * @param command that makes it again
   */
  public static PlatePage of(String title, String command) {
    return new PlatePage(title, command);
  }

  /** A large number above everything. */
  public PlatePage headline(String name, String value) {
    headlines
        .append("<div class=\"headline\"><dt>")
        .append(text(name))
        .append("</dt><dd>")
        .append(text(value))
        .append("</dd></div>\n");
    return this;
  }

  /** Begins a section. */
  public PlatePage section(String name, String lead) {
    if (open) {
      body.append("</section>\n");
    }
    open = true;
    body.append("<section>\n<h2>")
        .append(text(name))
        .append("</h2>\n<p class=\"lead\">")
        .append(text(lead))
        .append("</p>\n");
    return this;
  }

  /** Pictures side by side, wrapped where the window ends. */
  public PlatePage plates(List<Plate> plates) {
    body.append("<div class=\"plates\">\n");
    for (Plate plate : plates) {
      body.append("<figure class=\"plate\" style=\"margin:0;width:")
          .append(plate.width() + 26)
          .append("px\">")
          .append(content(plate))
          .append("<p>")
          .append(text(plate.caption()))
          .append("</p></figure>\n");
    }
    body.append("</div>\n");
    return this;
  }

  private static String content(Plate plate) {
    return switch (plate) {
      case Plate.Png png ->
          "<img class=\"pixels\" alt=\""
              + text(png.caption())
              + "\" width=\""
              + png.width()
              + "\" src=\"data:image/png;base64,"
              + Base64.getEncoder().encodeToString(png.file())
              + "\">";
      case Plate.Svg svg -> svg.markup();
    };
  }

  /** A table; columns after the first are set as numbers. */
  public PlatePage table(List<String> header, List<List<String>> rows) {
    body.append("<div class=\"scroll\"><table class=\"plain table\"><thead><tr>");
    for (int c = 0; c < header.size(); c++) {
      body.append(c == 0 ? "<th>" : "<th class=\"n\">").append(text(header.get(c))).append("</th>");
    }
    body.append("</tr></thead><tbody>\n");
    for (List<String> row : rows) {
      body.append("<tr>");
      for (int c = 0; c < row.size(); c++) {
        body.append(c == 0 ? "<td>" : "<td class=\"n\">").append(text(row.get(c))).append("</td>");
      }
      body.append("</tr>\n");
    }
    body.append("</tbody></table></div>\n");
    return this;
  }

  /** A paragraph. */
  public PlatePage paragraph(String words) {
    body.append("<p class=\"lead\">").append(text(words)).append("</p>\n");
    return this;
  }

  /** Names and values, in the order of the map. */
  public PlatePage facts(Map<String, String> facts) {
    body.append("<dl class=\"facts\">\n");
    facts.forEach(
        (name, value) ->
            body.append("<div><dt>")
                .append(text(name))
                .append("</dt><dd>")
                .append(text(value))
                .append("</dd></div>\n"));
    body.append("</dl>\n");
    return this;
  }

  /** The page as text. */
  public String html() {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="generator" content="Semblance">
    <link rel="icon" href="data:,">
    <title>%s · Semblance</title>
    <style>
    %s</style>
    </head>
    <body>
    <header class="top">
    <div class="wrap">
    <p class="brand">Semblance <span>report</span></p>
    <h1>%s</h1>
    <div class="command"><span class="prompt">$</span><code>%s</code></div>
    <dl class="headlines">
    %s</dl>
    </div>
    </header>
    <main class="wrap">
    %s</main>
    <footer class="wrap">Made by Semblance.</footer>
    </body>
    </html>
    """
        .formatted(
            text(title),
            style(),
            text(title),
            text(command),
            headlines,
            body + (open ? "</section>\n" : ""));
  }

  /**
   * Writes {@code index.html} into a folder, which is made if need be; what was there stays until
   * the new file is whole.
   *
   * @return the file
   */
  public Path write(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
    } catch (FileAlreadyExistsException e) {
      throw FileProblem.of(file, folder + " is a file", "choose another folder", e);
    } catch (IOException e) {
      throw FileProblem.writing(file, e);
    }
    Atomic.text(file, html());
    return file;
  }

  private static String style() {
    try (InputStream in = Report.class.getResourceAsStream("report.css")) {
      if (in == null) {
        throw new IllegalStateException("the report's style is not in the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8) + OWN_STYLE;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Text made safe inside elements and quoted attributes. */
  static String text(String raw) {
    return raw.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
