"""The command `mashang`: every operator's task is one of its sub-commands."""

import os
import sys
from importlib import import_module

# These come before the settings: they make them, or start the processes that read them. They
# stay in memory as long as what they started, and so load neither Django nor its settings.
WITHOUT_SETTINGS = {
    "bench": "mashang.trials.bench",
    "new_keys": "mashang.operations.keys",
    "run_demo": "mashang.demo.launch",
    "serve": "mashang.operations.serving",
}

HELP = """\
mashang COMMAND [--help]

  new-keys          print fresh secrets for the settings     新的密钥
  prepare           tables and static files, after upgrades  建表、静态文件
  serve             the web server and a worker              启动服务
  worker            a further worker                         后台进程

  load-rules        limits and ladders                       时限与逐级上报
  load-divisions    divisions from CSV or Excel              区划
  load-people       units, people, duty from CSV or Excel    单位、人员、值班
  load-codes        QR codes from CSV or Excel               二维码
  load-services     services of the portal, CSV or Excel     服务目录
  load-legal-flows  guided legal questions, CSV or Excel     法律引导流程
  load-estates      housing estates, CSV or Excel            小区
  posters           print signs into PDF files               印牌子
  load-categories   what matters are about                   事项类别
  load-catalogue    which unit, by category and place        职责目录
  load-calendar     the yearly notice on days off            放假通知
  figures           prove the figures, or count anew      核对、重算统计
  follow-up         draw answers to call back about, explain 回访抽取
  train             learn category suggestions from cases    学习类别建议
  password-link     a link to set a first password           设置密码的链接
  reset-second-factor  for whoever lost phone and paper      重置二次验证
  index             keep the search up, or make it anew      检索索引
  verify            prove that nothing was altered           核对经过未被改动

  run-demo          the demonstration, as `make run` does    演示
  bench             how much it carries, on scratch databases 性能测试
  help              every command, Django's own too

Settings: docs/settings.md. How to run it: docs/running.md.
"""


def main() -> None:
    """Run a sub-command; `load-people` and `load_people` name the same one."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: list[str]) -> int | str | None:
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(HELP)
        return 0
    if arguments[0].startswith("-"):
        return _manage(arguments)
    name = arguments[0].replace("-", "_")
    if name in WITHOUT_SETTINGS:
        return import_module(WITHOUT_SETTINGS[name]).main(arguments[1:])
    return _manage([name, *arguments[1:]])


def _manage(arguments: list[str]) -> str | None:
    """Run one of Django's management commands; what is wrong with the settings, if anything."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mashang.config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        import_module(os.environ["DJANGO_SETTINGS_MODULE"])
    except ImproperlyConfigured as faults:
        return str(faults)
    execute_from_command_line(["mashang", *arguments])
    return None


if __name__ == "__main__":
    main()
