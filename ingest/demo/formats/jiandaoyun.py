"""The fictional company's Jiandaoyun (简道云): a form in which customers are filed for a distributor (报备), and a workbook of contacts.

Here: the form's entries as API v5 returns them (fields under widget names, times in UTC with Z, people as objects), the members, the
contacts as the screen exports them; and MAPPING, the company's own mapping of its form. Not here: the grammar of mappings
(sources/mapping.py).

A deleted entry is absent. The owner is whoever stands in the field 报备人; a change shows by comparing two nights. Guesses: a phone
field as {phone, verified}; the list of members as a file; the labels of the workbook are the company's own.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache
from itertools import islice
from json import loads
from typing import NamedTuple

from ingest.demo.formats.workbook import workbook_of
from ingest.demo.formats.writing import (
    TERRITORY_BY_ID,
    Export,
    JsonSpool,
    Spools,
    Write,
    beijing_text,
    hex_id,
    spread,
    twice_or_corrected,
    user_number,
    utc_text,
)
from ingest.demo.organisation import REP_BY_ID
from ingest.demo.world import Contact, Record

SYSTEM = "jiandaoyun"
FLAGS_DELETION = False
"""A deleted entry is absent from the next export."""

_PAGE_SIZE = 100  # what a query returns at most
_SHEET_ROWS = 50_000  # contacts of a larger company come in several workbooks
_PROTECTED_FOR = timedelta(days=180)
_APP, _FORM = hex_id(60, 0), hex_id(61, 0)

NAME, CREDIT_CODE, PHONE, ADDRESS, INDUSTRY, OWNER, FILED_AT, PROTECTED_UNTIL, EMPLOYEES, PRODUCTS, REMARK, SERIAL, WEBSITE, PARENT = (
    f"_widget_16880000000{place:02d}" for place in range(1, 15)
)
"""The form's fields, in the order in which they stand in it."""

CONTACT_LABELS = ("数据ID", "联系人姓名", "所属客户", "客户数据ID", "职务", "联系电话", "邮箱", "负责人", "提交人", "提交时间", "更新时间")

MAPPING = f"""\
# A form has no fixed columns: this maps the company's own, 客户报备 (customers filed for a distributor), field by field.
crm: jiandaoyun
title: Jiandaoyun of Halvane Instruments, customers filed for distributors (报备)
quirks: >-
  Fields are called by the widget's number; the comment behind each is its label. A deleted entry is absent. flowState 1 is a filing that
  was approved, 0 one that still waits. Times carry Z; those of the workbook are Beijing's.
time_zone: Asia/Shanghai
default_currency: CNY
entities:
  customers:
    file: 客户报备*.json
    key: _id
    columns:
      {NAME}: name                            # 客户名称
      {CREDIT_CODE}: credit_code              # 统一社会信用代码
      {PHONE}.phone: phone                    # 联系电话
      {ADDRESS}.province: region              # 地址
      {ADDRESS}.city: city
      {ADDRESS}.district: district
      {ADDRESS}.detail: street
      {INDUSTRY}: industry                    # 行业
      {OWNER}.username: owner_user_id         # 报备人
      {FILED_AT}: claimed_at                  # 报备日期
      {PROTECTED_UNTIL}: expires_at           # 保护期至
      {EMPLOYEES}: employee_count             # 员工人数
      {WEBSITE}: website                      # 网址
      {PARENT}: parent_record_id              # 上级客户 (linked entry)
      createTime: created_at
      updateTime: modified_at
    constants: {{country: 中国}}
    format: {{records: data}}
    ignore:
      - {PHONE}
      - {PHONE}.verified
      - {ADDRESS}
      - {OWNER}
      - {OWNER}._id
      - {OWNER}.name
      - {OWNER}.departments
      - {OWNER}.type
      - {OWNER}.status
      - {PRODUCTS}             # 意向产品
      - {REMARK}             # 备注
      - {SERIAL}             # 流水号
      - appId
      - entryId
      - formName
      - flowState
      - creator
      - creator._id
      - creator.username
      - creator.name
      - creator.departments
      - creator.type
      - creator.status
      - updater
      - updater._id
      - updater.username
      - updater.name
      - updater.departments
      - updater.type
      - updater.status
      - deleter
    required: [name, owner_user_id]
  contacts:
    file: 客户联系人*.xlsx
    key: 数据ID
    columns:
      联系人姓名: name
      客户数据ID: customer_record_id
      职务: title
      联系电话: phone
      邮箱: email
      负责人: owner_user_id                    # a name: cleaning finds the person who has it
      提交时间: created_at
      更新时间: modified_at
    ignore: [所属客户, 提交人]
    required: [name, customer_record_id]
  reps:
    file: 成员.json
    key: username
    columns:
      name: name
      email: [email, user_name]
      status: is_active
    values: {{is_active: {{"1": "true", "0": "false"}}}}
    format: {{records: users}}
    ignore: [_id, departments, type]
    required: [name]
"""
"""The company's sources/jiandaoyun.yml: what `bailiwick demo` writes into its home."""


def record_id(number: int) -> str:
    """_id of an entry of the form."""
    return hex_id(62, number)


def contact_id(number: int) -> str:
    """_id of an entry of the contacts' form."""
    return hex_id(63, number)


@lru_cache(maxsize=1024)
def user_id(rep_id: str) -> str:
    """User name of the member that stands for a person."""
    return f"hv{user_number(rep_id)}"


class _Files(NamedTuple):
    """What one pass over the company fills. `early`: the customers as a first, incomplete export has them."""

    entries: JsonSpool
    early: JsonSpool
    contacts: JsonSpool
    members: JsonSpool


def files(export: Export, spools: Spools) -> Iterator[tuple[str, Write]]:
    """The night's files, as formats.exports gives them."""
    filled = _Files(*(spools.json(_around_users if name == "members" else _around, page_size=_PAGE_SIZE) for name in _Files._fields))
    _fill(export, filled)
    if filled.entries.count:
        yield from twice_or_corrected("客户报备.json", export, filled.entries.copy_to, filled.early.copy_to)
    yield "成员.json", filled.members.copy_to
    for book, start in enumerate(range(0, max(filled.contacts.count, 1), _SHEET_ROWS), start=1):
        name = "客户联系人.xlsx" if book == 1 else f"客户联系人_{book}.xlsx"
        yield name, workbook_of("Sheet1", CONTACT_LABELS, lambda start=start: _cells(filled.contacts, start), export.night)


def _around(total: int, number: int) -> tuple[str, str]:
    return '{"data":', "}"


def _around_users(total: int, number: int) -> tuple[str, str]:
    return '{"users":', "}"


def _cells(contacts: JsonSpool, start: int) -> Iterator[list[str]]:
    return (loads(line)["cells"] for line in islice(contacts.lines(), start, start + _SHEET_ROWS))


def _fill(export: Export, files: _Files) -> None:
    first: dict[str, object] | None = None
    for record in export.records(flags_deletion=FLAGS_DELETION, parts=frozenset({"contacts"})):
        entry = _entry(record, export)
        first = first or entry
        for file in export.files_for(record, files.entries, files.early):
            file.record(entry)
        for contact in export.contacts(record):
            files.contacts.record({"cells": _contact(contact, record, export)})
    if "garbled" in export.faults and first is not None:
        files.entries.record({NAME: "导入 0419 第17行", OWNER: first[OWNER]})
        files.entries.record(first | {NAME: f"{first[NAME]}（旧）"})
    for rep in export.company.users(SYSTEM):
        files.members.record(_person(rep.rep_id) | {"email": rep.user_name, "status": 0 if export.has_left(rep.rep_id) else 1})


@lru_cache(maxsize=1024)
def _person(rep_id: str) -> dict[str, object]:
    rep = REP_BY_ID[rep_id]
    departments = [TERRITORY_BY_ID[rep.territory_id].number]
    identity = {"_id": hex_id(64, rep.number), "username": user_id(rep_id), "name": rep.name}
    return identity | {"departments": departments, "type": 0, "status": 1}


def _instant(moment_text: str) -> str:
    return f"{moment_text.replace(' ', 'T')}.000Z"


def _entry(record: Record, export: Export) -> dict[str, object]:
    owner = export.span(record).rep_id
    creator = record.owners[0].rep_id or owner
    created = _instant(utc_text(record.created_at))
    return {
        "_id": record_id(record.number),
        "appId": _APP,
        "entryId": _FORM,
        "formName": "客户报备",
        "creator": _person(creator) if creator else None,
        "updater": _person(owner) if owner else None,
        "deleter": None,
        "createTime": created,
        "updateTime": _instant(utc_text(export.modified_at(record))),
        "flowState": 0 if spread(record.number, 10) == 9 else 1,
        NAME: record.name,
        CREDIT_CODE: record.credit_code,
        PHONE: {"verified": False, "phone": record.phone},
        ADDRESS: {"province": record.region, "city": record.city, "district": record.district, "detail": record.street},
        INDUSTRY: record.industry,
        OWNER: _person(owner) if owner else None,
        FILED_AT: created,
        PROTECTED_UNTIL: _instant(utc_text(record.created_at + _PROTECTED_FOR)),
        EMPLOYEES: record.employee_count,
        PRODUCTS: ["监护仪", "传感器"][: spread(record.number, 3)],
        REMARK: "渠道报备",
        SERIAL: f"BB{record.number + 1:06d}",
        WEBSITE: record.website,
        PARENT: None if record.parent_number is None else record_id(record.parent_number),
    }


def _contact(contact: Contact, record: Record, export: Export) -> list[str]:
    owner = export.span(record).rep_id
    name = REP_BY_ID[owner].name if owner else ""
    created = beijing_text(contact.created_at)
    return [
        contact_id(contact.number),
        contact.name,
        record.name,
        record_id(record.number),
        contact.title,
        contact.phone,
        contact.email,
        name,
        name,
        created,
        created,
    ]
