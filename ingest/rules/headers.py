"""Chinese headers of rule sheets, so that a sheet can be kept in Chinese.

Here: which headers mean which column. Not here: the columns themselves (sheets.py).
"""

from collections.abc import Iterable

from ingest.rules.cells import narrow

CHINESE: dict[str, tuple[str, ...]] = {
    "access_scope": ("查看范围", "数据权限"),
    "amount": ("目标金额", "金额"),
    "applies_to": ("适用对象",),
    "assignment_policy": ("分配方式", "分配策略"),
    "calendar": ("日历", "适用地区"),
    "city_names": ("城市",),
    "claim_limit": ("领取上限",),
    "claim_limit_days": ("领取上限天数", "领取周期"),
    "claim_method": ("领取方式",),
    "cool_down_days": ("冷却天数", "冷却期"),
    "country_codes": ("国家",),
    "credit": ("业绩类型",),
    "currency_code": ("币种",),
    "customer_names": ("客户名称", "客户"),
    "days": ("天数",),
    "default_rep_id": ("默认人员编号", "默认负责人"),
    "division_codes": ("行政区划代码", "行政区划"),
    "effect": ("规则作用", "作用"),
    "extension_days": ("延期天数",),
    "extension_limit": ("延期次数",),
    "field": ("字段",),
    "from_employees": ("人数起", "最少人数"),
    "from_revenue_amount": ("营收起", "最低营收"),
    "holding_limit": ("持有上限", "私海上限"),
    "holiday_date": ("日期",),
    "holiday_name": ("节日名称", "节日"),
    "industries": ("行业",),
    "industry": ("行业",),
    "industry_code": ("行业代码",),
    "industry_name": ("行业名称",),
    "is_working_day": ("是否上班", "调休上班"),
    "kind": ("保护类型",),
    "latitude": ("纬度",),
    "longitude": ("经度",),
    "manager_rep_id": ("上级编号", "负责人编号"),
    "parent_industry": ("上级行业",),
    "parent_territory_id": ("上级区域编号", "上级区域"),
    "pool_id": ("公海编号", "公海"),
    "pool_rule_id": ("公海规则编号", "规则编号"),
    "postal_codes": ("邮编", "邮政编码"),
    "priority": ("优先级",),
    "product_lines": ("产品线", "产品"),
    "protection_id": ("保护规则编号", "规则编号"),
    "quota_date": ("目标日期", "目标月份"),
    "rate": ("汇率",),
    "reason": ("原因", "说明"),
    "record_id": ("记录编号",),
    "region_codes": ("省份", "省"),
    "relation": ("规则关系",),
    "rep_id": ("人员编号", "工号"),
    "rep_name": ("姓名",),
    "role": ("角色",),
    "rule": ("取值规则",),
    "rule_id": ("规则编号",),
    "share_ratio": ("分成比例", "比例"),
    "size_band": ("规模", "规模档"),
    "size_bands": ("规模", "客户规模"),
    "source": ("来源系统",),
    "source_territory_ids": ("系统区域编号",),
    "source_user_ids": ("系统账号",),
    "sources": ("来源顺序", "可信顺序", "报备系统"),
    "split_id": ("分成编号",),
    "state": ("状态", "规则状态"),
    "subject": ("分成对象",),
    "territory_id": ("区域编号",),
    "territory_name": ("区域名称",),
    "to_employees": ("人数止", "最多人数"),
    "to_revenue_amount": ("营收止", "最高营收"),
    "trigger": ("触发条件", "收回条件"),
    "user_name": ("登录名",),
    "valid_from": ("生效日期",),
    "valid_to": ("失效日期",),
    "warn_days": ("提前提醒天数", "提醒天数"),
    "within_km": ("半径公里", "半径"),
}
"""Column -> headers that mean it beside its own name. The first is the usual one; within one sheet no two columns share a header."""


def column_of(header: str, columns: Iterable[str]) -> str | None:
    """The column of a sheet that a header means, in any case and width; None where it means none of them."""
    text = narrow(header).lower()
    return next((column for column in columns if text == column or text in CHINESE[column]), None)
