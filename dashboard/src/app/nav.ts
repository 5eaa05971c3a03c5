import type { IconName } from '@/ui/Icon';

export interface NavItem {
  label: string;
  to: '/' | '/energy/sites' | '/energy/tariffs' | '/admin/users' | '/admin/api-keys' | '/admin/audit';
  icon: IconName;
  group: string | null;
  permission: string | null;
  /** Pressed after `g`. */
  key: string;
}

export const NAV: NavItem[] = [
  { label: 'Overview', to: '/', icon: 'overview', group: null, permission: null, key: 'o' },
  {
    label: 'Sites',
    to: '/energy/sites',
    icon: 'site',
    group: 'Energy',
    permission: 'energy:sites:read',
    key: 's',
  },
  {
    label: 'Tariffs',
    to: '/energy/tariffs',
    icon: 'tariff',
    group: 'Energy',
    permission: 'energy:tariffs:read',
    key: 't',
  },
  {
    label: 'Users',
    to: '/admin/users',
    icon: 'users',
    group: 'Administration',
    permission: 'identity:users:read',
    key: 'u',
  },
  {
    label: 'API keys',
    to: '/admin/api-keys',
    icon: 'key',
    group: 'Administration',
    permission: 'identity:api_keys:read',
    key: 'k',
  },
  {
    label: 'Audit',
    to: '/admin/audit',
    icon: 'audit',
    group: 'Administration',
    permission: 'audit:records:read',
    key: 'a',
  },
];
