"""`mashang load-codes FILE`: QR codes and their batches."""

from mashang.codes.loading import load_codes
from mashang.core.loading import LoadCommand


class Command(LoadCommand):
    help = "导入二维码；没有写编码的自动生成。Load QR codes; missing ones are generated."
    load = load_codes
