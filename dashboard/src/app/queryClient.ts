import { QueryClient } from '@tanstack/react-query';
import { ApiError } from '@/api/problem';
import { onSessionChange, sessionState } from '@/api/session';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A clear refusal does not change by asking again.
      retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
    },
  },
});

// What one person saw is not for the next.
onSessionChange(() => {
  if (sessionState() === 'signed-out') queryClient.clear();
});
