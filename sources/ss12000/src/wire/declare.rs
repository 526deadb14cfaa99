//! How an object of the standard is declared.

/// Declares an object of the standard: for each field whether the standard requires it
/// (`must`), allows it (`may`) or does not have it (`odd`), what it is (`text`, `prose` of any
/// length, `number`, `flag`, `texts`, `one` or `many` objects), and its name. `passes` names the fields of the
/// standard that are not read.
macro_rules! wire {
    (
        $(#[$doc:meta])*
        $name:ident at $at:literal as $schema:literal {
            $($need:ident $field:ident: $kind:ident $(<$inner:ident>)? = $json:literal $(| $other:literal)*;)*
        } passes [$($pass:literal),* $(,)?]
    ) => {
        $(#[$doc])*
        #[derive(Debug, Default)]
        pub(crate) struct $name<'de> {
            $(pub(crate) $field: wire!(@type $kind $(<$inner>)?),)*
            _life: std::marker::PhantomData<&'de ()>,
        }

        #[cfg(test)]
        impl $name<'_> {
            /// Name in the published description, fields that it requires, fields that it has.
            pub(crate) const SCHEMA: (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str]) =
                ($schema, &[$((stringify!($need), $json)),*], &[$($pass),*]);
        }

        impl<'de> Wire<'de> for $name<'de> {
            const AT: &'static str = $at;

            fn read<A: serde::de::MapAccess<'de>>(
                mut map: A,
                notes: &mut Notes,
            ) -> Result<Self, A::Error> {
                let mut it = Self::default();
                $(let mut $field = false;)*
                while let Some(name) = map.next_key::<FieldName<'de>>()? {
                    match &*name.0 {
                        $($json $(| $other)* => {
                            wire!(@odd $need notes, $at, &name.0);
                            // Of a marking that stands twice, nobody can say which counts.
                            if std::mem::replace(&mut $field, &*name.0 == $json) && &*name.0 == $json {
                                return Err(serde::de::Error::duplicate_field($json));
                            }
                            it.$field = wire!(@read $kind $(<$inner>)?, map, notes, $at, concat!($at, "/", $json), $json);
                        })*
                        $($pass => drop(map.next_value::<serde::de::IgnoredAny>()?),)*
                        other => {
                            notes.unknown_field($at, other);
                            map.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                $(wire!(@must $need $kind it.$field, notes, $at, $json);)*
                Ok(it)
            }
        }
    };
    (@type text) => { Scalar<'de> };
    (@type prose) => { Scalar<'de> };
    (@type number) => { Scalar<'de> };
    (@type flag) => { Scalar<'de> };
    (@type texts) => { Vec<std::borrow::Cow<'de, str>> };
    (@type one<$inner:ident>) => { Option<$inner<'de>> };
    (@type many<$inner:ident>) => { Vec<$inner<'de>> };
    (@odd odd $notes:ident, $at:literal, $name:expr) => { $notes.unknown_field($at, $name) };
    (@odd $need:ident $notes:ident, $at:literal, $name:expr) => {};
    (@read text, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {{
        let value = wire!(@read prose, $map, $notes, $at, $path, $json);
        if matches!(&value, Scalar::Text(text) if is_long(text)) {
            return Err($notes.long($path));
        }
        value
    }};
    (@read prose, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {{
        let value = $map.next_value::<Scalar<'de>>()?;
        if matches!(value, Scalar::Number(_) | Scalar::Bool(_) | Scalar::Wrong) {
            $notes.note(Odd::WrongType, $at, $json);
        }
        value
    }};
    (@read number, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {{
        let value = $map.next_value::<Scalar<'de>>()?;
        if matches!(value, Scalar::Text(_) | Scalar::Bool(_) | Scalar::Wrong) {
            $notes.note(Odd::WrongType, $at, $json);
        }
        value
    }};
    (@read flag, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {{
        let value = $map.next_value::<Scalar<'de>>()?;
        if matches!(value, Scalar::Text(_) | Scalar::Number(_) | Scalar::Wrong) {
            $notes.note(Odd::WrongType, $at, $json);
        }
        value
    }};
    (@read texts, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {{
        let (texts, found) = $map.next_value_seed(Texts)?;
        match found {
            Found::List => {}
            Found::Single => $notes.note(Odd::NotAList, $at, $json),
            Found::Other => $notes.note(Odd::WrongType, $at, $json),
        }
        if texts.iter().any(|text| is_long(text)) {
            return Err($notes.long($path));
        }
        texts
    }};
    (@read one<$inner:ident>, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {
        $map.next_value_seed(One::<$inner<'de>>::new($notes, $path))?
    };
    (@read many<$inner:ident>, $map:ident, $notes:ident, $at:literal, $path:expr, $json:literal) => {
        $map.next_value_seed(Many::<$inner<'de>>::new($notes, $path))?
    };
    (@must must one $it:ident.$field:ident, $notes:ident, $at:literal, $json:literal) => {
        if $it.$field.is_none() {
            $notes.note(Odd::MissingField, $at, $json);
        }
    };
    (@must must many $it:ident.$field:ident, $notes:ident, $at:literal, $json:literal) => {
        if $it.$field.is_empty() {
            $notes.note(Odd::MissingField, $at, $json);
        }
    };
    (@must must $kind:ident $it:ident.$field:ident, $notes:ident, $at:literal, $json:literal) => {
        if !$it.$field.is_given() {
            $notes.note(Odd::MissingField, $at, $json);
        }
    };
    (@must $need:ident $kind:ident $it:ident.$field:ident, $notes:ident, $at:literal, $json:literal) => {};
}

pub(crate) use wire;
