import { useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import type { Site } from '@/api/types';
import { siteQuery } from '../queries';

/** The site of the page; its layout has read it before any tab shows. */
export function useSite(): Site {
  const { siteId } = useParams({ from: '/app/energy/sites/$siteId' });
  return useSuspenseQuery(siteQuery(siteId)).data;
}
