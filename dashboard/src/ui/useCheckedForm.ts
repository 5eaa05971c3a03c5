import { type UseFormInput, type UseFormReturnType, useForm } from '@mantine/form';
import { useState } from 'react';

/**
 * A form that is checked when it is submitted, and once that was refused, as it changes.
 * Not on blur: the error's line would move the button away under the pointer that takes the focus.
 */
// biome-ignore lint/suspicious/noExplicitAny: what Mantine asks of a form's values
export function useCheckedForm<Values extends Record<string, any>>(
  input: UseFormInput<Values>,
): UseFormReturnType<Values> {
  const [refused, setRefused] = useState(false);
  const { validate } = input;
  const form = useForm<Values>({
    ...input,
    // A new object each time: Mantine sees a change of `validateInputOnChange` only with new rules.
    validate: typeof validate === 'function' ? (values) => validate(values) : { ...validate },
    validateInputOnChange: refused,
  } as UseFormInput<Values>);
  const onSubmit: typeof form.onSubmit = (accept, refuse) =>
    form.onSubmit(
      (values, event) => {
        setRefused(false);
        return accept(values, event);
      },
      (errors, values, event) => {
        setRefused(true);
        refuse?.(errors, values, event);
      },
    );
  return { ...form, onSubmit };
}
