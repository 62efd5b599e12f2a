package dev.semblance.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReportTest {
  private static final List<String> ATTACKS =
      List.of(
          "</script><script>alert(1)</script>",
          "\"><img src=x onerror=alert(1)>",
          "' onmouseover='alert(1)",
          "<!--<script>",
          "{{script}} $1 \\u003c",
          "&lt;b&gt; & \u2028\u2029 \u0000 \u202E \uD83E\uDD8A",
          "]]>");

  @TempDir Path folder;

  @Test
  void numbersComeBackExactly() throws Exception {
    ReportData data = small();
    JsonNode json = data(Report.html(data));
    assertThat(json.at("/metrics/0/value").doubleValue()).isEqualTo(0.1 + 0.2);
    assertThat(json.at("/metrics/0/low").doubleValue()).isEqualTo(0.25);
    assertThat(json.at("/curves/0/steps/2").longValue()).isEqualTo(1L << 40);
    assertThat(json.at("/curves/0/values/0").doubleValue()).isEqualTo(Math.PI);
    assertThat(json.at("/curves/0/values/1").isNull()).isTrue();
    assertThat(json.at("/curves/0/notFinite").intValue()).isEqualTo(1);
    assertThat((float) json.at("/map/projections/0/x/1").doubleValue()).isEqualTo(0.1f);
    assertThat(json.at("/map/projections/1/points/0").intValue()).isEqualTo(2);
    assertThat(json.at("/map/labels").toString()).isEqualTo("[0,1,1]");
    assertThat(json.at("/gallery/0/hits/0/distance").doubleValue()).isEqualTo(1e-300);
    assertThat(json.at("/gallery/0/hits/0/right").booleanValue()).isTrue();
    assertThat(json.at("/mistakes/0/note").textValue()).isEqualTo("first right hit at rank 37");
    assertThat(json.at("/roc/tpr/1").doubleValue()).isEqualTo(2.0 / 3);
    assertThat(json.at("/roc/eer").doubleValue()).isEqualTo(0.3);
    assertThat(json.at("/roc/operatingPoints/0/reliable").booleanValue()).isFalse();
    assertThat(json.at("/confusion/rows").toString()).isEqualTo("[[0,3],[0,1,1,9007199254740993]]");
    assertThat(json.at("/confusion/totals/1").longValue()).isEqualTo(9007199254740994L);
    assertThat(json.at("/command").textValue()).isEqualTo("semblance report runs/a");
    assertThat(json.at("/facts/0/value").textValue()).isEqualTo("7");
  }

  @Test
  void everyPartIsOnThePageWithoutScripts() throws Exception {
    String page = Report.html(small());
    assertThat(page)
        .contains("<span>semblance</span> <span>report</span> <span>runs/a</span>")
        .contains("30.00\u2009%")
        .contains("25.00\u2009\u2013\u200935.00\u2009%")
        .contains("The share of queries whose nearest neighbour is of the same class.")
        .contains("class=\"hit right\"")
        .contains("class=\"hit wrong\"")
        .contains("first right hit at rank 37")
        .contains("it collapsed")
        .contains("<dt>seed</dt><dd>7</dd>")
        .contains("<b>dog</b> lands next to <b>cat</b>")
        .contains("<td class=\"n\">66.67\u2009%</td><td class=\"remark\">few pairs</td>")
        .contains("id=\"map\"")
        .contains("id=\"curves\"")
        .contains("id=\"roc\"");
    assertThat(page).doesNotContain("{{");
  }

  @Test
  void hostileNamesStayText() throws Exception {
    String calm = Report.html(hostile("x"));
    for (String attack : ATTACKS) {
      String page = Report.html(hostile(attack));
      // The same tags and attributes as with a harmless name: nothing came into being.
      assertThat(tags(page)).as(attack).isEqualTo(tags(calm));
      JsonNode json = data(page);
      assertThat(json.at("/title").textValue()).isEqualTo(attack);
      assertThat(json.at("/classNames/0").textValue()).isEqualTo(attack);
      assertThat(json.at("/curves/0/name").textValue()).isEqualTo(attack);
      assertThat(json.at("/sprite/names/0").textValue()).isEqualTo(attack);
      assertThat(json.at("/command").textValue()).isEqualTo(attack);
    }
  }

  @Test
  void onlyItsOwnScriptMayRunAndNothingIsLoaded() throws Exception {
    String page = Report.html(SampleReports.full(List.of("a", "b"), 40, 3, 8, 8));
    assertThat(page.replace("http://www.w3.org/2000/svg", ""))
        .doesNotContain("http://", "https://");
    assertThat(page).doesNotContain("@import", "<link rel=\"stylesheet\"", "src=", "fetch(");
    Matcher loads = Pattern.compile("url\\(([^)]{0,20})").matcher(page);
    while (loads.find()) {
      assertThat(loads.group(1)).matches("(data:image/png|#|`?#\\$\\{).*");
    }
    Matcher script = Pattern.compile("<script>(.*?)</script>", Pattern.DOTALL).matcher(page);
    assertThat(script.find()).isTrue();
    byte[] digest =
        MessageDigest.getInstance("SHA-256")
            .digest(script.group(1).getBytes(StandardCharsets.UTF_8));
    assertThat(page)
        .contains("script-src 'sha256-" + Base64.getEncoder().encodeToString(digest) + "'")
        .contains("default-src 'none'");
    assertThat(script.find()).isFalse();
  }

  @Test
  void missingPartsAreSentences() throws Exception {
    String page = Report.html(ReportData.of("Nothing yet", ""));
    assertThat(page)
        .contains("The command that made this report was not recorded.")
        .contains("No results were recorded for this run.")
        .contains("No curves were recorded for this run.")
        .contains("No map of the embedding was made for this run.")
        .contains("No queries were kept for a gallery.")
        .contains("No mistakes were found, or none were kept.")
        .contains("Verification was not measured for this run.")
        .contains("The confusion of nearest neighbours was not measured for this run.")
        .doesNotContain("aside class=\"warnings\"");
    JsonNode json = data(page);
    assertThat(json.get("map").isNull() && json.get("roc").isNull()).isTrue();
  }

  @Test
  void oddReportsAreWhole() throws Exception {
    String single = Report.html(SampleReports.full(List.of("only"), 30, 1, 9, 7));
    assertThat(single).contains("There is only one class, only: nothing to confuse it with.");
    String broken = Report.html(SampleReports.broken());
    assertThat(broken).contains("not measured").contains("pic none q");
    assertThat(broken.replaceAll("(?s)<script>.*", "")).doesNotContain("NaN", "Infinity");
    assertThat(data(broken).at("/map/projections/0/x/0").isNull()).isTrue();
    String wide = Report.html(SampleReports.full(SampleReports.named(1_000), 2_000, 1, 8, 8));
    assertThat(wide).contains("id=\"heat\"").doesNotContain("id=\"heat-table\"");
    assertThat(data(wide).at("/confusion/rows").size()).isEqualTo(1_000);
  }

  @Test
  void aLargeReportStaysSmallEvenIfNothingShrinks() throws Exception {
    int n = 10_000;
    java.util.Random random = new java.util.Random(3);
    byte[] noise = new byte[n * 3 * 32 * 32];
    random.nextBytes(noise);
    ReportData full = SampleReports.full(SampleReports.named(10), n, 1, 4, 4);
    Path file = Report.write(folder, full.withPictures(Pictures.of(3, 32, 32, noise)));
    assertThat(Files.size(file)).isBetween(4_000_000L, 5_500_000L);
    assertThat(data(Files.readString(file)).at("/sprite/names").size()).isBetween(800, 1_100);
  }

  @Test
  void writingReplacesWholeAndLeavesNothingElse() throws Exception {
    Path inside = folder.resolve("deep/report");
    Report.write(inside, small());
    Path file = Report.write(inside, ReportData.of("second", "again"));
    assertThat(Files.readString(file)).contains("<h1>second</h1>");
    try (Stream<Path> files = Files.list(inside)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void anUnwritableFolderIsOneLine() throws Exception {
    Path blocked = Files.writeString(folder.resolve("file"), "here");
    for (Path target : List.of(blocked, blocked.resolve("below"))) {
      assertThatThrownBy(() -> Report.write(target, small()))
          .isInstanceOf(IOException.class)
          .message()
          .contains(target.toString())
          .doesNotContain("\n");
    }
    assertThat(Files.readString(blocked)).isEqualTo("here");
    Path taken = Files.createDirectories(folder.resolve("taken/index.html"));
    assertThatThrownBy(() -> Report.write(folder.resolve("taken"), small()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is a folder");
    try (Stream<Path> files = Files.list(folder.resolve("taken"))) {
      assertThat(files).containsExactly(taken);
    }
  }

  @Test
  void mismatchedDataAreRefused() {
    ReportData two = ReportData.of("t", "c").withClassNames(List.of("a", "b"));
    assertThatThrownBy(() -> two.withGallery(List.of(new Retrieval(0, 2, List.of(), ""))))
        .hasMessage("labels of the gallery must be in 0..1, the positions in classNames, got 2");
    assertThatThrownBy(() -> two.withConfusion(new Confusion(new long[3][3])))
        .hasMessage("confusion must have one row for each of the 2 classNames, got 3");
    assertThatThrownBy(() -> new Confusion(new long[][] {{1, 2}, {3}}))
        .hasMessageContaining("counts must be square");
    assertThatThrownBy(() -> new Confusion(new long[][] {{-1}})).hasMessageContaining("got -1");
    assertThatThrownBy(() -> Curve.of("loss", "", new long[2], new double[3]))
        .hasMessageContaining("must have one length, got 2 and 3");
    assertThatThrownBy(
            () ->
                new EmbeddingMap(
                    new int[1],
                    new int[1],
                    List.of(new Projection("p", "", new int[] {1}, new float[1], new float[1]))))
        .hasMessageContaining("must be in 0..0, got 1");
    assertThatThrownBy(() -> Metric.of("map", 0.5, 0.6, 0.4)).hasMessageContaining("low must be");
    assertThatThrownBy(() -> Pictures.of(2, 1, 1, new byte[2])).hasMessageContaining("channels");
  }

  @Test
  void moreQueriesThanAReaderReadsAreLeftOut() throws Exception {
    Retrieval one =
        new Retrieval(
            0, 0, java.util.Collections.nCopies(30, new Retrieval.Hit(0, 0, 1, true)), "");
    ReportData data =
        ReportData.of("t", "c")
            .withClassNames(List.of("a"))
            .withGallery(java.util.Collections.nCopies(500, one));
    JsonNode json = data(Report.html(data));
    assertThat(json.get("gallery").size()).isEqualTo(Gallery.MOST_QUERIES);
    assertThat(json.at("/gallery/0/hits").size()).isEqualTo(Gallery.MOST_HITS);
  }

  private static ReportData small() {
    return ReportData.of("Cats and dogs", "semblance report runs/a")
        .withFacts(List.of(new Fact("seed", "7")))
        .withWarnings(List.of("it collapsed"))
        .withMetrics(List.of(Metric.of("precision_at_1", 0.1 + 0.2, 0.25, 0.35)))
        .withCurves(
            List.of(
                Curve.of(
                    "Loss",
                    "",
                    new long[] {0, 1, 1L << 40},
                    new double[] {Math.PI, Double.NaN, 1})))
        .withClassNames(List.of("cat", "dog"))
        .withMap(
            new EmbeddingMap(
                new int[] {0, 1, 2},
                new int[] {0, 1, 1},
                List.of(
                    Projection.ofAll(
                        "PCA", "", new float[] {1, 0.1f, 2}, new float[] {0, Float.NaN, 1}),
                    new Projection("t-SNE", "", new int[] {2}, new float[1], new float[1]))))
        .withGallery(
            List.of(new Retrieval(0, 0, List.of(new Retrieval.Hit(1, 0, 1e-300, true)), "")))
        .withMistakes(
            List.of(
                new Retrieval(
                    2,
                    1,
                    List.of(new Retrieval.Hit(0, 0, Double.NaN, false)),
                    "first right hit at rank 37")))
        .withRoc(
            new Roc(
                new double[] {0, 0.3, 1},
                new double[] {0, 2.0 / 3, 1},
                0.3,
                0.8,
                List.of(new Roc.OperatingPoint(0.01, 2.0 / 3, false)),
                ""))
        .withConfusion(new Confusion(new long[][] {{3, 0}, {1, 9007199254740993L}}))
        .withPictures(Pictures.of(1, 2, 2, new byte[12]));
  }

  private static ReportData hostile(String name) {
    return new ReportData(
        name,
        name,
        List.of(new Fact(name, name)),
        List.of(name),
        List.of(new Metric(name, name, Metric.Scale.NUMBER, 1, 0, 2, name)),
        List.of(new Curve(name, name, name, new long[] {1}, new double[] {1})),
        List.of(name, name + "2"),
        new EmbeddingMap(
            new int[] {0, 1},
            new int[] {0, 1},
            List.of(Projection.ofAll(name, name, new float[2], new float[2]))),
        List.of(new Retrieval(0, 0, List.of(new Retrieval.Hit(1, 1, 0.5, false)), name)),
        List.of(new Retrieval(1, 1, List.of(new Retrieval.Hit(0, 0, 0.5, true)), name)),
        new Roc(new double[] {0, 1}, new double[] {0, 1}, 0.5, 0.5, List.of(), name),
        new Confusion(new long[][] {{1, 1}, {0, 1}}),
        new Pictures(1, 1, 1, rows -> new byte[rows.length], row -> name));
  }

  /** The embedded object, parsed by a reader that knows nothing of the writer. */
  private static JsonNode data(String page) throws IOException {
    String opening = "<script type=\"application/json\" id=\"data\">";
    int from = page.indexOf(opening) + opening.length();
    String json = page.substring(from, page.indexOf("</script>", from));
    assertThat(json).doesNotContain("<");
    return new ObjectMapper().readTree(json);
  }

  /** All tags of the page with the names of their attributes, and the attributes' order. */
  private static List<String> tags(String page) {
    String visible =
        page.replaceAll("(?s)<script>.*?</script>", "").replaceAll("(?s)<style>.*?</style>", "");
    Matcher tag =
        Pattern.compile("<(/?[a-zA-Z!][^\\s>]*)((?:[^>\"]|\"[^\"]*\")*)>").matcher(visible);
    return tag.results()
        .map(match -> match.group(1) + Arrays.toString(attributes(match.group(2))))
        // A command is one element for each of its words.
        .filter(found -> !found.startsWith("span[]") && !found.startsWith("/span"))
        .toList();
  }

  private static String[] attributes(String text) {
    return Pattern.compile("([\\w-]+)\\s*=\\s*\"[^\"]*\"")
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .toArray(String[]::new);
  }

  @Test
  void thumbnailsAreSharedFairly() throws Exception {
    int[] labels = IntStream.range(0, 400).map(i -> i / 100).toArray();
    float[] zero = new float[400];
    EmbeddingMap map =
        new EmbeddingMap(
            IntStream.range(0, 400).toArray(),
            labels,
            List.of(Projection.ofAll("PCA", "", zero, zero)));
    int[] wished = MapSample.of(map).wishedPictures();
    int[] first = Arrays.copyOf(wished, 40);
    for (int c = 0; c < 4; c++) {
      int label = c;
      assertThat(Arrays.stream(first).filter(i -> labels[i] == label).count()).isEqualTo(10);
    }
  }

  @Test
  void largeMapsKeepEveryClassAndTheSmallView() {
    int n = 1_000;
    int[] labels = IntStream.range(0, n).map(i -> i < 900 ? 0 : 1).toArray();
    float[] x = new float[n];
    for (int i = 0; i < n; i++) {
      x[i] = i;
    }
    int[] some = {5, 950, 7};
    EmbeddingMap map =
        new EmbeddingMap(
            IntStream.range(0, n).map(i -> 2 * i).toArray(),
            labels,
            List.of(
                Projection.ofAll("PCA", "", x, x),
                new Projection("t-SNE", "", some, new float[] {50, 9500, 70}, new float[3])));
    MapSample sample = MapSample.of(map, 100);
    assertThat(sample.total()).isEqualTo(n);
    assertThat(sample.labels()).hasSize(100);
    assertThat(Arrays.stream(sample.labels()).sum()).isBetween(9, 12);
    Projection pca = sample.projections().get(0);
    for (int i = 0; i < pca.points().length; i++) {
      assertThat(sample.pictures()[pca.points()[i]]).isEqualTo((int) (2 * pca.x()[i]));
    }
    Projection small = sample.projections().get(1);
    assertThat(small.points()).hasSize(3);
    assertThat(Arrays.stream(small.points()).map(i -> sample.pictures()[i]))
        .containsExactly(10, 1900, 14);
    assertThat(small.x()).containsExactly(50, 9500, 70);
  }
}
