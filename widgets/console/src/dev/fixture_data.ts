/** Invented people and settings for the pretend server. */

const NAMES =
  "Chua Mei Ling,Amirul Hakim,Farid Hakimi,Hafizah Rahman,Jasmine Ong,Kavitha Raj,Liyana Yusri,Ng Hui Shan,Nor Izzati,Rajesh Menon,Syafiq Azmi,Tan Boon Keat,Vincent Khoo,何婉婷,吴佳怡,周俊杰,李泽宇,陈思远".split(
    ",",
  );
const TEAMS = ["Commerce", "Delivery", "Billing", "Technical"];
const SKILLS: [string, string, string | null][] = [
  ["中文", "Languages", "zh-CN"],
  ["English", "Languages", "en"],
  ["Bahasa Melayu", "Languages", null],
  ["Orders", "Commerce", null],
  ["Returns", "Commerce", null],
  ["Delivery", "Commerce", null],
  ["VIP care", "Commerce", null],
  ["Billing", "Billing", null],
  ["Refunds", "Billing", null],
  ["Kitchen", "Technical", null],
  ["Lighting", "Technical", null],
];
const WEEK = Object.fromEntries(
  ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map((day) => [
    day,
    day === "sun" ? [] : [["09:00", "21:00"]],
  ]),
);
const DAY_MS = 86_400_000;
const now = Date.now();

export const PEOPLE = NAMES.map((name, index) => ({
  id: index + 1,
  email: `agent${index + 1}@shop.example`,
  name,
  role: index === 0 ? "admin" : index < 3 ? "supervisor" : "agent",
  team: TEAMS[index % 4],
  locale: "en",
  is_active: index !== 17,
  capacity: { chat: 4, voice: 1, email: 4, task: 4 },
  skills: Object.fromEntries(
    SKILLS.map((_, skill) => [skill + 1, ((index + 3) * (skill + 5) * 7) % 17]).filter(([, level]) => {
      return Number(level) > 0 && Number(level) <= 10;
    }),
  ),
  presence: {
    agent_id: index + 1,
    session: index % 5 ? "online" : "offline",
    status: index % 3 ? "on_queue" : "off_queue",
    reason: index % 3 ? null : "break",
    since_ms: now - index * 100_000,
  },
}));

export const TABLES = {
  skills: SKILLS.map(([name, category, locale], index) => ({ id: index + 1, name, category, locale })),
  queues: [
    ["Sales", [[2, 3]]],
    [
      "Support",
      [
        [2, 3],
        [4, 2],
      ],
    ],
    [
      "Billing 中文",
      [
        [1, 5],
        [8, 5],
      ],
    ],
  ].map(([name, needs], index) => ({
    id: index + 1,
    name,
    requirement: (needs as number[][]).map(([skill_id, level]) => ({ skill_id, level })),
    hours_id: index ? 1 : null,
    sla_policy_id: 1,
    offer_s: 15,
    wrap_up_s: 60,
    preferred_s: 60,
    overflow_after_s: index === 2 ? 120 : null,
    overflow_queue_id: index === 2 ? 2 : null,
    waiting_max: 60,
    tells_position: true,
    is_active: true,
    distribution: {
      order_by: "earliest_deadline",
      share_per_hour: 0,
      agent_choice: "most_skilled",
      reserve: 0,
      agent_units_max: null,
      auto_accept: false,
      overflow_length: null,
      is_paused: false,
      redirect_queue_id: null,
      relaxation: [],
    },
    is_open: true,
    staffed: 4 - index,
    waiting: index,
  })),
  hours: [
    {
      id: 1,
      name: "Shop hours",
      time_zone: "Asia/Kuala_Lumpur",
      week: WEEK,
      holidays: [{ date: "2026-12-25", name: "Christmas", open: [] }],
      is_open: true,
      next_change_at_ms: now + 7_200_000,
    },
  ],
  inboxes: [
    {
      id: 1,
      name: "Web shop",
      queue_id: 2,
      channel: "webchat",
      hours_id: 1,
      origins: ["https://shop.example"],
      needs_identity: false,
      widget: {
        title: "Lintwick",
        greeting: { en: "Hello! How can we help?", "zh-CN": "您好！有什么可以帮您？" },
        color: "#4649D1",
        position: "right",
        theme: "system",
        prechat: [{ key: "name", label: { en: "Your name", "zh-CN": "您的姓名" }, is_required: false }],
        asks_rating: true,
        teaser: {},
      },
      is_active: true,
      key: "demo",
      snippet: '<script async src="https://desk.shop.example/widget/v1.js" data-inbox="demo"></script>',
      identity_secret: null,
      first_hit_at_ms: null,
    },
  ],
  templates: [
    {
      id: 1,
      name: "Greeting",
      text: "Hello {{ contact.first_name }}, {{ agent.name }} here.",
      shortcut: "hi",
      locale: "en",
      is_personal: false,
    },
    {
      id: 2,
      name: "您好",
      text: "您好 {{ contact.first_name }}，我是 {{ agent.name }}。",
      shortcut: "nh",
      locale: "zh-CN",
      is_personal: false,
    },
  ],
  tags: ["Refund", "Delivery", "投诉", "VIP", "Spare part"].map((name, index) => ({
    id: index + 1,
    name,
    hue: index + 1,
  })),
  dispositions: ["Solved", "Refund in part", "Replacement part sent", "Follow-up", "Spam"].map(
    (name, index) => ({
      id: index + 1,
      name,
      position: index,
      is_active: index !== 4,
    }),
  ),
  "sla-policies": [
    {
      id: 1,
      name: "Standard",
      answer_s: 30,
      answer_percent: 80,
      next_response_s: 300,
      resolution_s: null,
      first_response_s: null,
      warn_percent: 80,
      response_pauses: [],
      resolution_pauses: [],
    },
    {
      id: 2,
      name: "VIP",
      answer_s: 15,
      answer_percent: 90,
      next_response_s: 120,
      resolution_s: 14_400,
      first_response_s: null,
      warn_percent: 80,
      response_pauses: [],
      resolution_pauses: [],
    },
  ],
  "api-keys": [
    {
      id: 1,
      name: "Order sync",
      scopes: ["contacts.read", "contacts.write"],
      created_at_ms: now - 9 * DAY_MS,
      seen_at_ms: now - 60_000,
    },
  ],
  roles: [],
  audit: ["users.create", "queues.update", "session.open"].map((act, index) => ({
    seq: 3 - index,
    at_ms: now - index * 900_000,
    user_name: "Chua Mei Ling",
    act,
    target: `queue/${index}`,
    detail: { name: "Billing" },
    hash: "9f2c4d5e6a7b8c9d0e1f2a3b4c5d6e7f",
  })),
  conversations: [
    {
      id: 501,
      inbox_id: 1,
      channel: "webchat",
      contact_id: 1,
      contact_name: "林晓雯",
      state: "resolved",
      head_seq: 14,
      queue_name: "Billing 中文",
      agent_name: "李泽宇",
      last_at_ms: now - 2 * DAY_MS,
      last_text: "好的谢谢！颜色是米白色 (ivory)。",
      last_author: "contact",
      tag_ids: [1],
      created_at_ms: now - 2 * DAY_MS - 900_000,
      resolved_at_ms: now - 2 * DAY_MS,
    },
    {
      id: 498,
      inbox_id: 1,
      channel: "webchat",
      contact_id: 1,
      contact_name: "林晓雯",
      state: "open",
      head_seq: 5,
      queue_name: "Support",
      agent_name: "Chua Mei Ling",
      last_at_ms: now - 600_000,
      last_text: "Your parcel is on its way.",
      last_author: "agent",
      tag_ids: [],
      created_at_ms: now - 900_000,
    },
  ],
};

const PERSONS: [string, string | null, string | null][] = [
  ["林晓雯", "xiaowen.lin@mail.example", "+60 12-345 0147"],
  ["Nurul Aisyah", "nurul@mail.example", null],
  ["张雨桐", null, "+60 12-345 0199"],
  ["Daniel Teoh", "daniel@mail.example", null],
  ["黄志强", "zhiqiang@mail.example", "+60 12-345 0222"],
  ["晓雯", "xiaowen.lin@mail.example", null],
];

export const CONTACTS = PERSONS.map(([name, email, phone], index) => ({
  id: index + 1,
  name,
  email,
  phone,
  locale: index % 2 ? "en" : "zh-CN",
  is_vip: index === 0 || index === 4,
  owner_id: index === 0 ? 1 : null,
  attributes: index === 0 ? { city: "Penang", since: "March 2023" } : {},
  note: index === 0 ? "Prefers WeChat in the evening." : "",
  tag_ids: index === 0 ? [1, 4] : [],
  identities: [{ channel: "webchat", scope: "demo", external_id: `v-${index}`, is_verified: index === 0 }],
  created_at_ms: now - (index + 3) * 20 * DAY_MS,
  conversations: 2 + index,
  audiences: index === 0 ? [{ id: 1, name: "Regulars", priority: 6 }] : [],
  duplicate_ids: index === 0 ? [6] : index === 5 ? [1] : [],
}));
