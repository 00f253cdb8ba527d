package dev.duet.broker.disk;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeElement;
import java.lang.classfile.Instruction;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Loads the log's classes so that each place where they allocate can be told to fail: each `new`,
/// each lambda and text put together, and the calls into the JDK that allocate.
///
/// Its own class is loaded once, whoever loads the others: [#fail] and [#point] share its counts.
public final class ShortOfMemory extends ClassLoader {
  private static final String LOG = "dev.duet.broker.";

  /// Of these the allocations fail.
  private static final Set<String> PACKAGES =
      Set.of("dev.duet.broker.disk", "dev.duet.broker.disk.store", "dev.duet.broker.commit");

  private static final Set<Opcode> ALLOCATE =
      Set.of(
          Opcode.NEW,
          Opcode.NEWARRAY,
          Opcode.ANEWARRAY,
          Opcode.MULTIANEWARRAY,
          Opcode.INVOKEDYNAMIC);

  /// Methods of the JDK that allocate, whatever has them.
  private static final Set<String> CALLS =
      Set.of(
          "add",
          "addAll",
          "addFirst",
          "addLast",
          "allocate",
          "completeExceptionally",
          "computeIfAbsent",
          "copyOf",
          "copyOfRange",
          "duplicate",
          "entrySet",
          "execute",
          "handle",
          "instant",
          "iterator",
          "keySet",
          "log",
          "map",
          "merge",
          "of",
          "put",
          "putAll",
          "slice",
          "stream",
          "subList",
          "thenApply",
          "thenCompose",
          "toList",
          "unmodifiableList",
          "valueOf",
          "values",
          "whenComplete",
          "wrap");

  private static @Nullable Thread failing;
  private static long first;
  private static long behind;
  private static long count;
  private static @Nullable Error thrown;

  ShortOfMemory() {
    super(ShortOfMemory.class.getClassLoader());
  }

  // ---- what fails

  /// From now on: on this thread, the allocations from the n-th on, so many.
  public static void fail(long n, long howMany) {
    count = 0;
    thrown = null;
    first = n;
    behind = n + howMany;
    failing = Thread.currentThread();
  }

  /// Nothing fails any more.
  ///
  /// @return how many allocations there were
  public static long heal() {
    failing = null;
    return count;
  }

  /// The first that was thrown since [#fail], if any was.
  static @Nullable Error thrown() {
    return thrown;
  }

  /// Before an allocation.
  public static void point() {
    if (failing == Thread.currentThread()) {
      count++;
      if (count >= first && count < behind) {
        var error = new OutOfMemoryError("the test says so, at allocation " + count);
        thrown = count == first ? error : thrown;
        throw error;
      }
    }
  }

  // ---- loading

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded == null && name.startsWith(LOG) && !name.equals(ShortOfMemory.class.getName())) {
        loaded = define(name);
      }
      return loaded == null ? super.loadClass(name, resolve) : loaded;
    }
  }

  private @Nullable Class<?> define(String name) {
    URL place = getResource(name.replace('.', '/') + ".class");
    if (place == null) {
      return null;
    }
    try (InputStream in = place.openStream()) {
      byte[] bytes = in.readAllBytes();
      boolean fails =
          PACKAGES.contains(name.substring(0, name.lastIndexOf('.')))
              && !place.toString().contains("test-classes");
      byte[] code = fails ? spoil(bytes) : bytes;
      return defineClass(name, code, 0, code.length);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] spoil(byte[] bytes) {
    var here = ClassDesc.of(ShortOfMemory.class.getName());
    var nothing = MethodTypeDesc.of(ConstantDescs.CD_void);
    return ClassFile.of()
        .transformClass(
            ClassFile.of().parse(bytes),
            ClassTransform.transformingMethodBodies(
                method -> !method.methodName().equalsString("<clinit>"),
                (builder, element) -> {
                  if (allocates(element)) {
                    builder.invokestatic(here, "point", nothing);
                  }
                  builder.with(element);
                }));
  }

  private static boolean allocates(CodeElement element) {
    return element instanceof InvokeInstruction call
        ? call.owner().asInternalName().startsWith("java/")
            && CALLS.contains(call.name().stringValue())
        : element instanceof Instruction one && ALLOCATE.contains(one.opcode());
  }
}
