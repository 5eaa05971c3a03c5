import { Button } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body } from '@/api/client';
import { sentenceOf } from '@/api/problem';
import { signOut } from '@/api/session';
import type { Session } from '@/api/types';
import { Ago } from '@/ui/Ago';
import { Status } from '@/ui/controls';
import { Panel } from '@/ui/Page';
import { Failed, SkeletonRows } from '@/ui/States';
import { type Column, Table } from '@/ui/Table';
import { tell } from '@/ui/toast';
import { sessionsQuery } from './queries';

/** `Chrome 140 on Linux` of what a browser calls itself; else its own words. */
export function agentText(agent: string | null | undefined): string {
  if (!agent) return 'Unknown client';
  const browser = /(Edg|OPR|Firefox|Chrome|Version)\/(\d+)/.exec(agent);
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent);
  if (!browser) return agent;
  const names: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', Version: 'Safari' };
  const name = /Edg\//.test(agent) ? 'Edge' : (names[browser[1] ?? ''] ?? browser[1]);
  return `${name} ${browser[2]}${system ? ` on ${system[1]?.replace('Mac OS X', 'macOS')}` : ''}`;
}

const columns = (end: (session: Session) => void, busy: boolean): Column<Session>[] => [
  {
    key: 'agent',
    header: 'Where',
    cell: (session) => (
      <>
        <strong>{agentText(session.user_agent)}</strong>
        <div className="muted small">{session.client_ip ?? 'address not known'}</div>
      </>
    ),
  },
  {
    key: 'current',
    header: 'State',
    cell: (session) =>
      session.current ? (
        <Status tone="good" icon="check">
          This one
        </Status>
      ) : (
        <Status tone="idle" icon="session">
          Open
        </Status>
      ),
  },
  {
    key: 'created',
    header: 'Signed in',
    numeric: true,
    hide: 'narrow',
    cell: (session) => <Ago time={session.created_at} />,
  },
  {
    key: 'used',
    header: 'Last used',
    numeric: true,
    hide: 'narrow',
    cell: (session) => <Ago time={session.last_used_at} />,
  },
  {
    key: 'expires',
    header: 'Ends',
    numeric: true,
    hide: 'medium',
    cell: (session) => <Ago time={session.expires_at} />,
  },
  {
    key: 'act',
    header: '',
    numeric: true,
    cell: (session) => (
      <Button variant="default" size="xs" disabled={busy} onClick={() => end(session)}>
        {session.current ? 'Sign out' : 'End'}
      </Button>
    ),
  },
];

export function SessionsPanel() {
  const client = useQueryClient();
  const sessions = useQuery(sessionsQuery);
  const end = useMutation({
    mutationFn: async (session: Session) => {
      if (session.current) return signOut();
      await body(
        api.DELETE('/api/v1/identity/sessions/{session_id}', {
          params: { path: { session_id: session.id } },
        }),
      );
      tell('The session was ended.');
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['sessions'] }),
    onError: (error) => tell(sentenceOf(error), 'bad'),
  });
  return (
    <div id="sessions">
      <Panel flush title="Sessions" note="Where you are signed in">
        {sessions.isPending && <SkeletonRows rows={2} />}
        {sessions.error && (
          <Failed error={sessions.error} what="The sessions" retry={() => void sessions.refetch()} />
        )}
        {sessions.data && (
          <Table
            caption="Your sessions"
            columns={columns((session) => end.mutate(session), end.isPending)}
            rows={sessions.data}
            rowKey={(session) => session.id}
          />
        )}
      </Panel>
    </div>
  );
}
