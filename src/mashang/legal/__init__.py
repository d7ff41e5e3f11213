"""Legal help (小律服务): guided questions, counsel who answer, published answers, guides."""
