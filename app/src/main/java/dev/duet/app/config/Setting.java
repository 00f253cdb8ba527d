package dev.duet.app.config;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// What is known of a component of a configuration record beyond its type: the key's documentation,
/// and the values that it allows. The key is the component's name, in lower case with dashes.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Setting {
  /// One sentence for whoever sets it, without the full stop.
  String value();

  /// What a plain number counts ("connections"); durations and sizes carry their unit themselves.
  String unit() default "";

  /// Least value allowed, written as in the file.
  String min() default "";

  /// Largest value allowed, written as in the file.
  String max() default "";

  /// The default in words, where it depends on the machine.
  String byDefault() default "";

  /// Whether it must be given.
  boolean required() default false;

  /// Whether its value is never shown.
  boolean secret() default false;

  /// Whether a list of groups may be written as a group too, each with its first key before it.
  boolean byName() default false;
}
