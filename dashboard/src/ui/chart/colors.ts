import { useComputedColorScheme } from '@mantine/core';

/** A canvas knows no CSS variables: reads them for the scheme that holds. */
export function useColors(): { scheme: string; color: (variable: string) => string } {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  return {
    scheme,
    color: (variable) => getComputedStyle(document.documentElement).getPropertyValue(variable).trim(),
  };
}
