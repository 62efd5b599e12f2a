package dev.semblance.app;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.semblance.core.Source;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The arrows and names of the house, held by a test. */
class HouseRulesTest {
  private static final JavaClasses HOUSE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("test-classes"))
          .importPackages("dev.semblance");

  @Test
  void arrows_point_from_app_to_pillars_to_core() {
    noClasses()
        .that()
        .resideInAPackage("dev.semblance.core..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.semblance.similarity..",
            "dev.semblance.adversarial..",
            "dev.semblance.generative..",
            "dev.semblance.app..")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.semblance.similarity..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.semblance.adversarial..", "dev.semblance.generative..", "dev.semblance.app..")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.semblance.adversarial..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.semblance.similarity..", "dev.semblance.generative..", "dev.semblance.app..")
        .check(HOUSE);
    noClasses()
        .that()
        .resideInAPackage("dev.semblance.generative..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.semblance.similarity..", "dev.semblance.adversarial..", "dev.semblance.app..")
        .check(HOUSE);
  }

  @Test
  void nothing_needs_the_module_for_onnx_files() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.semblance.adversarial.onnx..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.onnxruntime..", "dev.semblance.adversarial.onnx..")
        .check(HOUSE);
  }

  @Test
  void there_is_no_room_for_odds_and_ends() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..manager..", "..misc..")
        .check(HOUSE);
    noClasses().should().haveSimpleNameStartingWith("Base").check(HOUSE);
  }

  @Test
  void classes_are_abstract_or_final() {
    List<String> open = new ArrayList<>();
    for (JavaClass type : HOUSE) {
      boolean closed =
          type.isInterface()
              || type.isEnum()
              || type.isAnonymousClass()
              || type.getModifiers().contains(JavaModifier.FINAL)
              || type.getModifiers().contains(JavaModifier.ABSTRACT);
      if (!closed
          && !type.getPackageName().startsWith("dev.semblance.testkit")
          && !type.getName().matches(".*Test(\\$.*)?")) {
        open.add(type.getName());
      }
    }
    assertThat(open).isEmpty();
  }

  @Test
  void only_the_command_line_parses_names_and_prints() {
    classes()
        .that()
        .resideOutsideOfPackages(
            "dev.semblance.app..",
            "dev.semblance.bench..",
            "dev.semblance.examples..",
            "dev.semblance.testkit..")
        .should()
        .onlyAccessClassesThat()
        .resideOutsideOfPackage("picocli..")
        .check(HOUSE);
  }

  @Test
  void every_cited_paper_is_in_the_bibliography() throws IOException {
    String bibliography = Files.readString(root().resolve("docs/papers.bib"));
    Set<String> known = new TreeSet<>();
    Matcher matcher = Pattern.compile("@\\w+\\{([^,]+),").matcher(bibliography);
    while (matcher.find()) {
      assertThat(known.add(matcher.group(1))).as("key %s stands once", matcher.group(1)).isTrue();
    }
    List<String> missing = new ArrayList<>();
    int cited = 0;
    for (JavaClass type : HOUSE) {
      if (type.isAnnotatedWith(Source.class) || type.isAnnotatedWith(Source.List.class)) {
        for (Source source : type.reflect().getAnnotationsByType(Source.class)) {
          cited++;
          if (!known.contains(source.key())) {
            missing.add(type.getSimpleName() + " cites " + source.key());
          }
        }
      }
    }
    assertThat(missing).isEmpty();
    assertThat(cited).isGreaterThan(30);
  }

  static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("docs/papers.bib")) ? here : here.getParent();
  }
}
