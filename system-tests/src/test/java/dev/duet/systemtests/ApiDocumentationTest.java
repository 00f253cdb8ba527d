package dev.duet.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.Tree.Kind;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Everything public of what an application embeds says what it is: types, methods, constructors
/// and constants, wherever all that encloses them is public too.
///
/// No comment is asked of a method with `@Override` (what it overrides has one), of an accessor of
/// a record (the record's comment has its components), of a record's canonical constructor unless
/// it refuses something, and of the constants of an enum (the enum has one, and more is said of a
/// constant only where its name says too little).
class ApiDocumentationTest {
  @TempDir private Path folder;

  @Test
  void everythingPublicIsDocumented() throws IOException {
    var sources = new ArrayList<Path>();
    for (String module : List.of("protocol", "broker", "server")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    assertThat(sources).hasSizeGreaterThan(150);
    assertThat(undocumented(sources)).isEmpty();
  }

  @Test
  void whatLacksAWordIsNoticed() throws IOException {
    Path source =
        Files.writeString(
            folder.resolve("Planted.java"),
            """
            package dev.duet.planted;
            /// Has a word.
            public interface Planted {
              void lacksOne();
              /** Has one. */
              default void hasOne() {}
              private void needsNone() {}
              int LACKS_ONE = 1;
              record Lacks(int needsNone) {
                public Lacks {}
                public Lacks() { this(1); }
                @Override public String toString() { return ""; }
                public static Lacks one() { return new Lacks(); }
              }
              /// Has one.
              record Refuses(int one) {
                public Refuses {
                  if (one < 0) {
                    throw new IllegalArgumentException();
                  }
                }
              }
              /// Has one.
              enum Has {
                NEEDS_NONE;
                public void lacksOne() {}
                void needsNone() {}
                private record NeedsNone(int one) {
                  public void needsNone() {}
                }
              }
            }
            class NeedsNone {
              public void needsNone() {}
            }
            """);
    assertThat(undocumented(List.of(source)))
        .containsExactly(
            "Planted.java:4 lacksOne",
            "Planted.java:8 LACKS_ONE",
            "Planted.java:9 Lacks",
            "Planted.java:11 <init>",
            "Planted.java:13 one",
            "Planted.java:17 <init>",
            "Planted.java:26 lacksOne");
  }

  private static List<String> undocumented(List<Path> sources) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, Locale.ROOT, null)) {
      var task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  List.of("-proc:none"),
                  null,
                  files.getJavaFileObjectsFromPaths(sources));
      var look = new Look(DocTrees.instance(task), new ArrayList<>());
      for (CompilationUnitTree unit : task.parse()) {
        for (Tree type : unit.getTypeDecls()) {
          look.at(new TreePath(new TreePath(unit), type), false);
        }
      }
      return look.found;
    }
  }

  private record Look(DocTrees docs, List<String> found) {
    /// `open`: whether members are public without saying so.
    void at(TreePath path, boolean open) {
      switch (path.getLeaf()) {
        case ClassTree type when isPublic(type.getModifiers(), open) -> {
          require(path, type.getSimpleName().toString());
          for (Tree member : type.getMembers()) {
            at(new TreePath(path, member), isInterface(type));
          }
        }
        case MethodTree method when isPublic(method.getModifiers(), open) -> {
          if (!isOverride(method) && !isOfRecord(path, method)) {
            require(path, method.getName().toString());
          }
        }
        case VariableTree field when isPublic(field.getModifiers(), open) -> {
          if (!isEnumConstant(path, field)) {
            require(path, field.getName().toString());
          }
        }
        default -> {}
      }
    }

    private void require(TreePath path, String name) {
      String comment = docs.getDocComment(path);
      if (comment == null || comment.isBlank()) {
        CompilationUnitTree unit = path.getCompilationUnit();
        long start = docs.getSourcePositions().getStartPosition(unit, path.getLeaf());
        found.add(
            "%s:%d %s"
                .formatted(
                    Path.of(unit.getSourceFile().toUri()).getFileName(),
                    unit.getLineMap().getLineNumber(start),
                    name));
      }
    }

    private static boolean isPublic(ModifiersTree modifiers, boolean open) {
      Set<Modifier> said = modifiers.getFlags();
      return said.contains(Modifier.PUBLIC) || (open && !said.contains(Modifier.PRIVATE));
    }

    private static boolean isInterface(ClassTree type) {
      return type.getKind() == Kind.INTERFACE || type.getKind() == Kind.ANNOTATION_TYPE;
    }

    private static boolean isOverride(MethodTree method) {
      return method.getModifiers().getAnnotations().stream()
          .anyMatch(one -> one.getAnnotationType().toString().equals("Override"));
    }

    private static boolean isEnumConstant(TreePath path, VariableTree field) {
      return path.getParentPath().getLeaf() instanceof ClassTree type
          && type.getKind() == Kind.ENUM
          && field.getType() != null
          && field.getType().toString().equals(type.getSimpleName().toString());
    }

    /// An accessor of a record, or its canonical constructor if that refuses nothing.
    private static boolean isOfRecord(TreePath path, MethodTree method) {
      if (!(path.getParentPath().getLeaf() instanceof ClassTree type)
          || type.getKind() != Kind.RECORD) {
        return false;
      }
      List<VariableTree> components =
          type.getMembers().stream()
              .filter(VariableTree.class::isInstance)
              .map(VariableTree.class::cast)
              .filter(field -> !field.getModifiers().getFlags().contains(Modifier.STATIC))
              .toList();
      if (method.getReturnType() != null) {
        return method.getParameters().isEmpty()
            && components.stream().anyMatch(one -> one.getName().equals(method.getName()));
      }
      return !method.getBody().toString().contains("throw new ")
          && types(method.getParameters()).equals(types(components));
    }

    private static List<String> types(List<? extends VariableTree> variables) {
      return variables.stream().map(one -> one.getType().toString()).collect(Collectors.toList());
    }
  }
}
