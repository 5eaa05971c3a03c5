import '@/ui/inputStyles';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiError, sentenceOf } from '@/api/problem';
import { signIn } from '@/api/session';
import { Icon } from '@/ui/Icon';
import classes from './SignInPage.module.css';

function words(error: unknown): string {
  if (error instanceof ApiError && error.status === 401) return 'The address or the password is wrong.';
  return sentenceOf(error);
}

export default function SignInPage() {
  const router = useRouter();
  const { to } = useSearch({ from: '/sign-in' });
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const alert = useRef<HTMLDivElement>(null);
  useEffect(() => {
    document.title = 'Sign in · NQBA';
  }, []);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const email = String(data.get('email') ?? '').trim();
    const password = String(data.get('password') ?? '');
    if (!email || !password) {
      setError(email ? 'Enter your password.' : 'Enter your e-mail address.');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await signIn(email, password);
      // Only a path of this site: an address from outside is not followed.
      router.history.replace(to?.startsWith('/') && !to.startsWith('//') ? to : '/');
    } catch (thrown) {
      setError(words(thrown));
      setBusy(false);
      alert.current?.focus();
    }
  };

  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <div className={classes.brand}>
          <img src="/icon.svg" width={32} height={32} alt="" />
          <span>NQBA</span>
        </div>
        <h1>Sign in</h1>
        <form onSubmit={(event) => void submit(event)} noValidate className={classes.form}>
          <div ref={alert} role="alert" tabIndex={-1} className={classes.alert} hidden={!error}>
            <Icon name="error" /> <span>{error}</span>
          </div>
          <TextInput
            label="E-mail address"
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            autoCapitalize="none"
            spellCheck={false}
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
          />
          <Button type="submit" fullWidth loading={busy} mt={4}>
            Sign in
          </Button>
        </form>
        <p className={classes.help}>No account, or the password lost? A founder of the group can make one.</p>
      </div>
    </main>
  );
}
